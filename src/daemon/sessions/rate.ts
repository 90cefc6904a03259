import type { Clock } from '../../system/clock.ts';

export interface RateLimit {
  /** Most events within the window; either at 0 is no limit. */
  limit: number;
  windowMs: number;
}

/** A sliding window over the last `limit` events. */
export interface RateWindow {
  /** Takes one event, or gives how many milliseconds to wait before there is room for it. */
  take(): { kind: 'taken' } | { kind: 'refused'; retryAfterMs: number };
}

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
