import { messageOf } from '../errors.ts';
import { freeBytes as freeBytesOn, nearestExisting, requireWritable } from '../system/disk.ts';
import type { Store } from './store/index.ts';
import { leastFreeBytes } from './store/problem.ts';

type ReadinessCheck = { ok: true } | { ok: false; why: string };

/** Whether memories can be stored, not only whether the process runs (X04). */
export interface Readiness {
  status: 'ready' | 'not-ready';
  checks: {
    /**
     * `empty`: nothing was stored yet, so only the directory was checked. `unusable`: memories cannot be read or stored.
     */
    store: ReadinessCheck & { state: 'empty' | 'in-use' | 'unusable' };
    disk: ReadinessCheck & { freeBytes: number | null };
  };
  schemaVersion: number;
  /** ISO 8601, or null when nothing was written yet. */
  lastWrite: string | null;
}

function checkDisk(directory: string): Readiness['checks']['disk'] {
  try {
    const freeBytes = freeBytesOn(directory);
    return freeBytes >= leastFreeBytes
      ? { ok: true, freeBytes }
      : { ok: false, freeBytes, why: `only ${freeBytes} bytes are free on the disk` };
  } catch (error) {
    return { ok: false, freeBytes: null, why: messageOf(error) };
  }
}

function attempt(work: () => void): ReadinessCheck {
  try {
    work();
    return { ok: true };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  }
}

/** Checks that the store can be written. Creates no file where nothing was stored. Does not throw. */
export function checkReadiness(store: Store, dataDir: string): Readiness {
  const health = { state: 'empty' as 'empty' | 'in-use', lastWrite: null as number | null };
  let existing = dataDir;
  const written = attempt(() => {
    const proof = store.proveWritable();
    if (proof.kind === 'proven') {
      health.state = 'in-use';
      health.lastWrite = proof.lastWrite;
      return;
    }
    existing = nearestExisting(dataDir);
    requireWritable(existing);
  });
  const problem = store.problem();
  const usable: ReadinessCheck =
    written.ok && problem !== undefined ? { ok: false, why: problem.reason } : written;
  const disk = checkDisk(existing);
  return {
    status: usable.ok && disk.ok ? 'ready' : 'not-ready',
    checks: { store: { ...usable, state: usable.ok ? health.state : 'unusable' }, disk },
    schemaVersion: store.schemaVersion,
    lastWrite: health.lastWrite === null ? null : new Date(health.lastWrite).toISOString(),
  };
}
