import type { Clock } from '../../system/clock.ts';
import { createRateWindow, type RateLimit, type RateWindow } from '../sessions/rate.ts';

/** Anybody can come from many addresses: 127.0.0.0/8 alone has 16 million. */
const mostClients = 1_000;

/**
 * A rate per client. Gives undefined when one more request of a client is fine, else the milliseconds until it is.
 * A client that sent nothing for a whole window is forgotten, and so is the oldest of too many: memory stays bounded,
 * and no client uses up what another one has.
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
