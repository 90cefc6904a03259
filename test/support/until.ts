import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls `condition` until it gives something truthy and returns that; throws with `what` after `deadlineMs`.
 * A condition that throws counts as not yet, and its last error is the cause of the final one.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = 15_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: last });
    await delay(20);
  }
}
