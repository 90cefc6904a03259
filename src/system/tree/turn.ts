import { setImmediate } from 'node:timers/promises';

/** How long signals and timers may be delayed. */
const longestMs = 20;

/**
 * For work that consists of many small synchronous calls: doing each in the thread pool takes several times as long as
 * the call. Awaiting the returned function between calls lets signals and progress run.
 */
export function eventLoopTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestMs) return;
    await setImmediate();
    last = performance.now();
  };
}
