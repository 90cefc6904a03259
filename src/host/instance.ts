import type { Roots } from '../layout.ts';
import { findEndpoint } from '../runtime/find-endpoint.ts';
import { acquireLock, type Lock } from '../system/lock.ts';
import type { System } from '../system/system.ts';

/** `theirs`: another live host of this service answers. `blocked`: the lock is held, but no host answers. */
export type Claim = { kind: 'ours'; lock: Lock } | { kind: 'theirs'; pid: number } | { kind: 'blocked' };

const pollMs = 50;
const standbyMs = 1000;

/**
 * Takes the instance lock of the service. Waits up to `waitMs` for another host that is stopping or starting. With an
 * infinite wait it stands by as long as another host serves.
 */
export async function claimInstance(
  system: System,
  roots: Roots,
  service: string,
  lockPath: string,
  waitMs: number,
): Promise<Claim> {
  const end = system.clock.monotonic() + waitMs;
  for (;;) {
    const lock = await acquireLock(lockPath);
    if (lock !== undefined) return { kind: 'ours', lock };
    const state = await findEndpoint(system, roots, service);
    if (Number.isFinite(waitMs) && state.kind === 'live' && state.report.phase !== 'stopping') {
      return { kind: 'theirs', pid: state.endpoint.pid };
    }
    if (system.clock.monotonic() >= end) return { kind: 'blocked' };
    await system.clock.sleep(Number.isFinite(waitMs) ? pollMs : standbyMs);
  }
}
