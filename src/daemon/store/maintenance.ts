import type { Clock } from '../../system/clock.ts';
import type { Connection } from './connection.ts';
import { endTask, setTask, taskState } from './maintenance-state.ts';
import { type MemoryRow, memoryColumns } from './memory.ts';
import { adoptNextWords } from './migrations.ts';
import { textOf } from './rows.ts';

/** How many memories are copied to the new full-text table in one step, which takes some milliseconds. */
const copiedAtOnce = 100;
/** How many free pages are released in one step, which takes some milliseconds. */
const pagesAtOnce = 250;
/** The maintenance waits until nothing was deleted for this time. */
const quietMs = 5_000;
/** When another process uses the log, truncating it is tried again after this time. */
const retryMs = 1_000;
const MiB = 1024 * 1024;
/** How fast VACUUM rewrites a file, in bytes per millisecond. No request is answered meanwhile. */
const rewrittenPerMs = (60 * MiB) / 1_000;
/** The largest files that are rewritten before a deletion is acknowledged, when the store is closed, and at all. */
const rewrittenAtOnce = 4 * MiB;
const rewrittenAtClose = 32 * MiB;
const rewrittenAtAll = 128 * MiB;
/** Rewriting uses at most one part in this many of the time. */
const rewriteShare = 100;

/** The maintenance of the file between requests. */
export interface Maintenance {
  /**
   * Must be called after a deletion. Truncates the log at once, or as soon as no other process uses it. Rewrites a
   * small file at once and a larger one later.
   */
  forgot(): void;
  /** Resolves when everything that can be done now is done. */
  settle(): Promise<void>;
  stop(): void;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Copies the next memories into the new full-text table. After the last ones it replaces the old table. */
function copyWords(connection: Connection): void {
  const copied = taskState(connection, 'words-copied');
  if (copied === undefined) return;
  const rows = connection
    .prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq > ? ORDER BY m.seq LIMIT ${copiedAtOnce}`)
    .all(copied) as unknown as MemoryRow[];
  const insert = connection.prepare(
    'INSERT INTO memory_words_next (rowid, title, tags, content) VALUES (?, ?, ?, ?)',
  );
  for (const row of rows) insert.run(row.seq, ...textOf(row));
  const last = rows.at(-1);
  if (last !== undefined) setTask(connection, 'words-copied', last.seq);
  if (rows.length < copiedAtOnce) connection.exec(adoptNextWords);
}

/** The size of the database in bytes, without its log. */
function sizeOf(connection: Connection): number {
  return connection.pragma('page_count') * connection.pragma('page_size');
}

/**
 * Removes deleted text from the file and keeps the file small. Each step is a transaction, and the unfinished tasks are
 * stored in the file, so a kill loses only the current step. `onError` is called with each error. A failed step is
 * tried again after the next deletion or when the store is opened again.
 */
export function createMaintenance(
  connection: Connection,
  clock: Clock,
  onError: (error: unknown) => void,
): Maintenance {
  let logIsOld = false;
  let rewrittenAt = Number.NEGATIVE_INFINITY;
  let waiting: { cancel(): void } | undefined;
  let working: Promise<void> | undefined;
  let stopped = false;

  function emptyLog(): void {
    try {
      logIsOld = !connection.truncateLog();
    } catch (error) {
      logIsOld = true;
      onError(error);
    }
  }

  /**
   * The milliseconds until the file should be rewritten, `undefined` for never. SQLite overwrites deleted rows, but not
   * the copies that it leaves inside a page when it moves rows to another page: about one row in a hundred has one.
   */
  function rewriteIn(): number | undefined {
    if (taskState(connection, 'compact') !== undefined) return 0;
    const size = sizeOf(connection);
    if (taskState(connection, 'forgotten') === undefined || size > rewrittenAtAll) return undefined;
    return Math.max(0, rewrittenAt + (size / rewrittenPerMs) * rewriteShare - clock.monotonic());
  }

  /** Rewrites the file when it has deletions and is not larger than `bytes`. A failure is tried again later. */
  function rewriteUpTo(bytes: number): void {
    // The store of an earlier version is rewritten after its words are copied. Before that, a rewrite would have to be
    // repeated.
    if (taskState(connection, 'words-copied') !== undefined) return;
    try {
      if (taskState(connection, 'forgotten') !== undefined && sizeOf(connection) <= bytes) rewrite();
    } catch (error) {
      onError(error);
    }
  }

  function rewrite(): void {
    connection.exec('VACUUM');
    rewrittenAt = clock.monotonic();
    emptyLog();
    connection.transaction(() => {
      endTask(connection, 'compact');
      endTask(connection, 'forgotten');
    });
  }

  /** Releases free pages to the file system. This has no effect on a file that this version has never rewritten. */
  async function giveBackPages(): Promise<void> {
    for (let free = connection.pragma('freelist_count'); free > 0 && !stopped; ) {
      connection.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
      const left = connection.pragma('freelist_count');
      if (left >= free) return;
      free = left;
      logIsOld = true;
      await nextTurn();
    }
  }

  async function work(): Promise<void> {
    while (!stopped && taskState(connection, 'words-copied') !== undefined) {
      // The rewrite that follows overwrites what the old table frees.
      connection.exec('PRAGMA secure_delete = OFF');
      try {
        connection.transaction(() => copyWords(connection));
      } finally {
        connection.exec('PRAGMA secure_delete = ON');
      }
      await nextTurn();
    }
    if (stopped) return;
    if (rewriteIn() === 0) rewrite();
    await giveBackPages();
    if (stopped) return;
    if (logIsOld) emptyLog();
    const next = logIsOld ? retryMs : rewriteIn();
    if (next !== undefined) workAfter(next);
  }

  function workAfter(ms: number): void {
    waiting?.cancel();
    if (!stopped) waiting = clock.after(ms, () => void start());
  }

  function start(): Promise<void> {
    waiting?.cancel();
    working ??= work()
      .catch(onError)
      .finally(() => {
        working = undefined;
      });
    return working;
  }

  // Finish what a killed process left in the log and in the table of tasks.
  emptyLog();
  workAfter(0);
  return {
    forgot() {
      rewriteUpTo(rewrittenAtOnce);
      emptyLog();
      workAfter(logIsOld ? retryMs : quietMs);
    },
    settle: start,
    stop() {
      stopped = true;
      waiting?.cancel();
      rewriteUpTo(rewrittenAtClose);
      if (logIsOld) emptyLog();
    },
  };
}
