import type { Clock } from '../../system/clock.ts';
import { createRateWindow, type RateLimit, type RateWindow } from '../sessions/rate.ts';

/** The largest number of clients in memory. A client can use many addresses: 127.0.0.0/8 alone has 16 million. */
const mostClients = 1_000;

/**
 * Makes a rate limit per client. The function counts a request and gives `undefined` when it is allowed, else the
 * milliseconds to wait. A client without requests for a whole window is removed, and so is the oldest when there are
 * too many, so memory is bounded. No client uses up the rate of another.
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
    const [oldest] = recent.keys();
    if (recent.size > mostClients && oldest !== undefined) recent.delete(oldest);
    const taken = window.take();
    return taken.kind === 'refused' ? taken.retryAfterMs : undefined;
  };
}
