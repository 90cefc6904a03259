import type { Clock } from '../../system/clock.ts';

/** Requests allowed per client and window; `max` 0 is no limit. */
export interface RateLimit {
  max: number;
  windowMs: number;
}

/**
 * Counts requests per client in windows of the monotonic clock.
 * Gives undefined when one more is fine, else the milliseconds until it is.
 */
export function createRateLimiter(
  { max, windowMs }: RateLimit,
  clock: Clock,
): (client: string) => number | undefined {
  let start = clock.monotonic();
  let counts = new Map<string, number>();
  return (client) => {
    const now = clock.monotonic();
    // One window for everybody: what is remembered ends with it, however many addresses came.
    if (now - start >= windowMs) {
      start = now;
      counts = new Map();
    }
    const count = (counts.get(client) ?? 0) + 1;
    counts.set(client, count);
    return max > 0 && count > max ? start + windowMs - now : undefined;
  };
}
