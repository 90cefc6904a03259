import { join } from 'node:path';
import type { Log } from '../../service/log.ts';
import type { SyncLock } from '../../service/sync-protocol.ts';
import type { Clock } from '../../system/clock.ts';
import { removeFile } from '../../system/remove-file.ts';
import { formatLock, lockFileName, parseLock } from './lock-file.ts';
import { readPlain, replaceLightly } from './plain-file.ts';

/** The result of a lock request: the caller holds it, another client holds it, or nobody does. */
export type LockAnswer = { kind: 'yours' | 'theirs'; lock: SyncLock } | { kind: 'nobody' };

/** The locks of the projects, by directory. The caller must not change the same lock twice at once. */
export interface Locks {
  /** Gives the current lock. Changes nothing on disk. An expired or invalid lock counts as none. */
  holder(directory: string): SyncLock | undefined;
  /** Takes a free lock or renews the caller's own. `expiresAt - acquiredAt` is then the TTL, which clients rely on. */
  acquire(directory: string, clientId: string): Promise<LockAnswer>;
  /** Extends the caller's own lock by another TTL. Never takes a free one. */
  heartbeat(directory: string, clientId: string): Promise<LockAnswer>;
  /** Releases the caller's own lock. */
  release(directory: string, clientId: string): Promise<LockAnswer>;
}

interface LocksOptions {
  ttlMs: number;
  clock: Clock;
  log: Log;
}

/**
 * Makes the locks. The file stores who holds a lock. The remaining time is measured here with the monotonic clock
 * (X10). When a lock file is first seen (after a restart, or written by another program), its wall-clock expiry becomes
 * a deadline of at most one TTL, so that a clock that was set back cannot extend a lock. After that only the monotonic
 * clock counts, until the file changes. CLOCK_MONOTONIC stops while Linux is suspended, so no lock expires during a
 * suspend.
 * Lock files are not flushed to disk: a lock lost in a power cut is free, and its holder gets a 403.
 */
export function createLocks({ ttlMs, clock, log }: LocksOptions): Locks {
  const seen = new Map<string, { text: string; deadline: number }>();

  function deadlineOf(directory: string, text: string, lock: SyncLock): number {
    const known = seen.get(directory);
    if (known?.text === text) return known.deadline;
    const left = Math.min(Date.parse(lock.expiresAt) - clock.now().getTime(), ttlMs);
    const deadline = clock.monotonic() + left;
    seen.set(directory, { text, deadline });
    return deadline;
  }

  function holder(directory: string): SyncLock | undefined {
    const text = readPlain(join(directory, lockFileName))?.bytes.toString('utf8');
    const lock = text === undefined ? undefined : parseLock(text);
    if (text === undefined || lock === undefined) {
      seen.delete(directory);
      if (text !== undefined) log('sync.lock_corrupt', { directory });
      return undefined;
    }
    return clock.monotonic() < deadlineOf(directory, text, lock) ? lock : undefined;
  }

  async function write(directory: string, clientId: string, since: string | undefined): Promise<LockAnswer> {
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + ttlMs).toISOString();
    const lock = { clientId, acquiredAt: since ?? now.toISOString(), expiresAt };
    const text = formatLock(lock);
    const deadline = clock.monotonic() + ttlMs;
    await replaceLightly(directory, lockFileName, text);
    seen.set(directory, { text, deadline });
    return { kind: 'yours', lock };
  }

  return {
    holder,
    async acquire(directory, clientId) {
      const lock = holder(directory);
      if (lock !== undefined && lock.clientId !== clientId) return { kind: 'theirs', lock };
      return await write(directory, clientId, undefined);
    },
    async heartbeat(directory, clientId) {
      const lock = holder(directory);
      if (lock === undefined) return { kind: 'nobody' };
      if (lock.clientId !== clientId) return { kind: 'theirs', lock };
      return await write(directory, clientId, lock.acquiredAt);
    },
    async release(directory, clientId) {
      const lock = holder(directory);
      if (lock === undefined) return { kind: 'nobody' };
      if (lock.clientId !== clientId) return { kind: 'theirs', lock };
      removeFile(join(directory, lockFileName));
      seen.delete(directory);
      return { kind: 'yours', lock };
    },
  };
}
