/** Time, passed in so that tests can hold it. */
export interface Clock {
  /** Wall time, for people and file names only. */
  now(): Date;
  /** Milliseconds that never go backwards; every timeout is measured on it (X10). */
  monotonic(): number;
  /** Calls back after `ms`; the handle's `cancel` is safe to call twice. Does not keep the process alive. */
  after(ms: number, callback: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => new Date(),
  // Not performance.now(): the first use of `performance` loads half a megabyte, for as long as the process lives.
  monotonic: () => process.uptime() * 1000,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
