import type { Clock } from '../../system/clock.ts';

export interface RateLimit {
  /** The largest number of events within the window. When either is 0 there is no limit. */
  limit: number;
  windowMs: number;
}

/** A sliding window over the last `limit` events. */
export interface RateWindow {
  /** Counts one event, or gives the milliseconds until the next one is allowed. */
  take(): { kind: 'taken' } | { kind: 'refused'; retryAfterMs: number };
}

/** Makes a sliding window. It uses the monotonic clock. */
export function createRateWindow({ limit, windowMs }: RateLimit, clock: Clock): RateWindow {
  const times: number[] = [];
  return {
    take() {
      if (limit === 0 || windowMs === 0) return { kind: 'taken' };
      const now = clock.monotonic();
      while (times[0] !== undefined && times[0] <= now - windowMs) times.shift();
      const [oldest] = times;
      if (oldest !== undefined && times.length >= limit) {
        return { kind: 'refused', retryAfterMs: oldest + windowMs - now };
      }
      times.push(now);
      return { kind: 'taken' };
    },
  };
}
