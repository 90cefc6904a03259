import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { freeBytes as freeBytesOf } from '../system/free-space.ts';
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

/** The directory itself, or its nearest parent that exists. */
async function nearestExisting(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestExisting(dirname(path));
  }
}

function checkDisk(directory: string): Readiness['checks']['disk'] {
  try {
    const freeBytes = freeBytesOf(directory);
    return freeBytes >= leastFreeBytes
      ? { ok: true, freeBytes }
      : { ok: false, freeBytes, why: `only ${freeBytes} bytes are free on the disk` };
  } catch (error) {
    return { ok: false, freeBytes: null, why: messageOf(error) };
  }
}

async function attempt(work: () => void | Promise<void>): Promise<ReadinessCheck> {
  try {
    await work();
    return { ok: true };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  }
}

/** Checks that the store can be written. Creates no file where nothing was stored. Does not reject. */
export async function checkReadiness(store: Store, dataDir: string): Promise<Readiness> {
  let state: 'empty' | 'in-use' = 'empty';
  let lastWrite: number | null = null;
  let existing = dataDir;
  const written = await attempt(async () => {
    const proof = store.proveWritable();
    if (proof.kind === 'proven') {
      state = 'in-use';
      lastWrite = proof.lastWrite;
      return;
    }
    existing = await nearestExisting(dataDir);
    await access(existing, constants.W_OK | constants.X_OK);
  });
  const problem = store.problem();
  const usable: ReadinessCheck =
    written.ok && problem !== undefined ? { ok: false, why: problem.reason } : written;
  const disk = checkDisk(existing);
  return {
    status: usable.ok && disk.ok ? 'ready' : 'not-ready',
    checks: { store: { ...usable, state: usable.ok ? state : 'unusable' }, disk },
    schemaVersion: store.schemaVersion,
    lastWrite: lastWrite === null ? null : new Date(lastWrite).toISOString(),
  };
}
