import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from './clock.ts';

/**
 * Asks `condition` every `everyMs` until it gives something truthy, and gives that; `undefined` after `deadlineMs`.
 * Keeps the process alive meanwhile, which `Clock.after` does not.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  deadlineMs: number,
  everyMs = 20,
): Promise<NonNullable<T> | undefined> {
  const end = systemClock.monotonic() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (systemClock.monotonic() >= end) return undefined;
    await delay(everyMs);
  }
}
