import { MemorydError } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';

/** SQLITE_BUSY. https://sqlite.org/rescode.html */
const busyCode = 5;

/** How long a request waits for the lock of another process. Clients give up after a minute. */
const patienceMs = 30_000;
const firstWaitMs = 5;
const longestWaitMs = 100;

/** Whether an error of SQLite says that another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number } | null)?.errcode;
  return code !== undefined && (code & 0xff) === busyCode;
}

/**
 * Runs `work` on the store, again and again while another process holds the lock, and answers other requests
 * meanwhile. What `work` changes must be one transaction. Throws `failed` when the lock is held for 30 s.
 */
export async function retryWhileBusy<T>(clock: Clock, work: () => T | Promise<T>): Promise<T> {
  const end = clock.monotonic() + patienceMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (clock.monotonic() >= end) {
        const seconds = patienceMs / 1_000;
        throw new MemorydError('failed', `another program has locked the store for ${seconds} seconds`, {
          cause: error,
        });
      }
    }
    await clock.sleep(waitMs);
  }
}
