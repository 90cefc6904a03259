import type { Clock } from '../../system/clock.ts';
import type { Connection } from './connection.ts';
import type { Forget } from './forget.ts';
import { type MemoryRow, memoryColumns } from './memory.ts';

/** How many memories are deleted in one transaction. Between two of them other requests are answered. */
const deletedAtOnce = 200;
/** The longest wait: another process may have stored a memory that expires earlier. */
const longestWaitMs = 3_600_000;
/** After an error, such as a lock of another process, it is tried again after this time. */
const retryMs = 60_000;

/** Deletes expired memories in the background. */
export interface Expiry {
  /** Must be called after memories that expire may have been stored. */
  plan(): void;
  stop(): void;
}

export interface ExpiryOptions {
  connection: Connection;
  clock: Clock;
  /** A transaction that deletes rows. */
  forgetting<T>(connection: Connection, work: (forget: Forget) => T): T;
  onError(error: unknown): void;
}

/** Deletes expired memories when their time comes. Until then, and while that fails, reads leave them out. */
export function createExpiry({ connection, clock, forgetting, onError }: ExpiryOptions): Expiry {
  const expired = connection.prepare(
    `SELECT ${memoryColumns} FROM memories m WHERE m.expires_at <= ? ORDER BY m.expires_at LIMIT ${deletedAtOnce}`,
  );
  const earliest = connection.prepare(
    'SELECT min(expires_at) AS at FROM memories WHERE expires_at IS NOT NULL',
  );
  let waiting: { cancel(): void } | undefined;

  function waitFor(ms: number): void {
    waiting?.cancel();
    waiting = clock.after(ms, deleteExpired);
  }

  function plan(): void {
    const { at } = earliest.get() as { at: number | null };
    const left = at === null ? longestWaitMs : at - clock.now().getTime();
    waitFor(Math.min(Math.max(0, left), longestWaitMs));
  }

  function deleteExpired(): void {
    try {
      const rows = expired.all(clock.now().getTime()) as unknown as MemoryRow[];
      if (rows.length > 0) {
        forgetting(connection, (forget) => {
          for (const row of rows) forget(row);
        });
      }
      plan();
    } catch (error) {
      onError(error);
      waitFor(retryMs);
    }
  }

  waitFor(0);
  return { plan, stop: () => waiting?.cancel() };
}
