import type { Clock } from '../../system/clock.ts';
import { createRateWindow, type RateLimit, type RateWindow } from '../sessions/rate.ts';

/**
 * A rate per client. Gives undefined when one more request of a client is fine, else the milliseconds until it is.
 * A client that sent nothing for a whole window is forgotten, so that many addresses do not fill the memory.
 */
export function createRateLimiter(limit: RateLimit, clock: Clock): (client: string) => number | undefined {
  let since = clock.monotonic();
  let recent = new Map<string, RateWindow>();
  let before = new Map<string, RateWindow>();
  return (client) => {
    if (clock.monotonic() - since >= limit.windowMs) {
      since = clock.monotonic();
      before = recent;
      recent = new Map();
    }
    const window = recent.get(client) ?? before.get(client) ?? createRateWindow(limit, clock);
    recent.set(client, window);
    const taken = window.take();
    return taken.kind === 'refused' ? taken.retryAfterMs : undefined;
  };
}
