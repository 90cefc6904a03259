import { setImmediate } from 'node:timers/promises';

/** How long signals and timers may have to wait. */
const longestMs = 20;

/**
 * For work in many small synchronous calls: a thread of the pool for each of them takes several times as long as the call.
 * Gives what is awaited between them, so that a signal and the progress have their turn.
 */
export function turns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestMs) return;
    await setImmediate();
    last = performance.now();
  };
}
