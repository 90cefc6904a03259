/** Time, passed in so that tests can control it. */
export interface Clock {
  /** Wall time, for people and file names only. */
  now(): Date;
  /** Monotonic milliseconds. Every timeout is measured with it (X10). */
  monotonic(): number;
  /** Calls back after `ms`. `cancel` may be called twice. The timer does not keep the process alive. */
  after(ms: number, callback: () => void): { cancel(): void };
  /** Resolves after `ms`, or as soon as `signal` aborts. Keeps the process alive meanwhile. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  // Not performance.now(): the first use of `performance` loads half a megabyte for the life of the process.
  monotonic: () => process.uptime() * 1000,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    });
  },
};
