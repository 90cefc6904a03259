import { systemClock } from './clock.ts';

/**
 * Calls `condition` every `everyMs` until it returns a truthy value, and returns that; `undefined` after `deadlineMs`.
 * Unlike `Clock.after`, it keeps the process alive.
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
    await systemClock.sleep(everyMs);
  }
}
