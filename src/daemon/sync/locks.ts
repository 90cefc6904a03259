import { join } from 'node:path';
import type { Log } from '../../service/log.ts';
import type { SyncLock } from '../../service/sync-protocol.ts';
import type { Clock } from '../../system/clock.ts';
import { removeFile } from '../../system/remove-file.ts';
import { formatLock, lockFileName, parseLock } from './lock-file.ts';
import { readPlain, replaceLightly } from './plain-file.ts';

/** How asking for a lock ended: it is yours, somebody else has it, or nobody has. */
export type LockAnswer = { kind: 'yours' | 'theirs'; lock: SyncLock } | { kind: 'nobody' };

/** The locks of the projects, by directory. Whoever changes one sees to it that nobody else changes the same. */
export interface Locks {
  /** Who holds it now. Changes nothing on disk: an expired or corrupt lock is simply none. */
  holder(directory: string): SyncLock | undefined;
  /** Takes a free lock, or one's own anew: `expiresAt - acquiredAt` is then the TTL, which clients go by. */
  acquire(directory: string, clientId: string): Promise<LockAnswer>;
  /** Extends one's own for another whole TTL; never takes one. */
  heartbeat(directory: string, clientId: string): Promise<LockAnswer>;
  /** Gives one's own back. */
  release(directory: string, clientId: string): Promise<LockAnswer>;
}

interface LocksOptions {
  ttlMs: number;
  clock: Clock;
  log: Log;
}

/**
 * The file says who holds a lock; how long is measured here, on the monotonic clock (X10). The first time a lock file
 * is seen (after a restart, or written by another hand) its wall-clock expiry is turned into a deadline, never more
 * than one TTL away: a clock set back cannot make a lock last. From then on only the monotonic clock counts, until the
 * file changes. CLOCK_MONOTONIC stands still while Linux sleeps, so a server waking up robs nobody.
 * A lock is not worth a flush of the disk: one that a power cut takes is a free one, and its holder is told so (403).
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
