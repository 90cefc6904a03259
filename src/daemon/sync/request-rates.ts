import type { Clock } from '../../system/clock.ts';
import type { RateLimit } from '../sessions/rate.ts';
import type { KeyCheck } from './keys.ts';
import { createRateLimiter } from './rate-limit.ts';

/** Whether an address is a loopback address. All users of this machine share those. */
function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/**
 * Makes the request rates of the sync API: one per accepted key and address, and separate ones per address for failed
 * requests. Requests without a key never use up the rate of requests with one.
 * An address other than loopback counts as failing until it has sent a valid key, so that keys cannot be guessed
 * without limit. After that, other clients at that address (behind the same NAT) can no longer block it.
 * The function gives `undefined` when the request is allowed, else the milliseconds to wait.
 */
export function createRequestRates(
  limit: RateLimit,
  clock: Clock,
): (key: KeyCheck, address: string) => number | undefined {
  const accepted = createRateLimiter(limit, clock);
  const failing = createRateLimiter(limit, clock);
  const known = new Set<string>();
  return (key, address) => {
    if (key.kind !== 'right') return failing(address);
    const client = `${key.index} ${address}`;
    if (isLoopback(address) || known.has(client)) return accepted(client);
    const wait = failing(address);
    if (wait === undefined) known.add(client);
    return wait;
  };
}
