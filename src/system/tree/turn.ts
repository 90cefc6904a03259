import { setImmediate } from 'node:timers/promises';

/** How long the event loop may be blocked, in milliseconds. */
const longestMs = 20;

/**
 * Gives a function to await between many small synchronous calls, so that signals and progress are handled. Running
 * each call in the thread pool would take several times as long as the call.
 */
export function eventLoopTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestMs) return;
    await setImmediate();
    last = performance.now();
  };
}
