import type { Clock } from '../../system/clock.ts';
import type { RateLimit } from '../sessions/rate.ts';
import type { KeyCheck } from './keys.ts';
import { createRateLimiter } from './rate-limit.ts';

/** Every user of this machine has the same loopback addresses: they tell nobody apart. */
function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/**
 * The request rates of the sync API: one for each accepted key at each address, and apart from those one for each
 * address that fails. Requests without a key never use up the rate of requests with one.
 *
 * Beyond loopback an address that has not shown a right key yet counts as failing, so that keys cannot be tried
 * without end. Once it has, others at that address (behind the same NAT) can no longer lock it out.
 *
 * Gives undefined when the request is fine, else the milliseconds to wait.
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
