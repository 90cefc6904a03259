import { setTimeout as delay } from 'node:timers/promises';

const shortestMs = 20;
const longestMs = 300;

/**
 * Polls `condition` until it gives something truthy and returns that; throws with `what` after `deadlineMs`.
 * A condition that throws counts as not yet, and its last error is the cause of the final one. Between two polls it
 * waits for as long as the last one took: a poll that runs a command must not slow down what it waits for.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 15_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    const asked = performance.now();
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    const now = performance.now();
    if (now > end) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: last });
    await delay(Math.min(longestMs, Math.max(shortestMs, now - asked)));
  }
}
