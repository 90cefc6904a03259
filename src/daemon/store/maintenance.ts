import type { Clock } from '../../system/clock.ts';
import type { Connection } from './connection.ts';
import { endTask, setTask, taskState } from './maintenance-state.ts';
import { type MemoryRow, memoryColumns } from './memory.ts';
import { adoptNextWords } from './migrations.ts';
import { textOf } from './rows.ts';

/** Memories that are copied to the new full-text table at once: some milliseconds. */
const copiedAtOnce = 100;
/** Free pages that are given back at once: some milliseconds. */
const pagesAtOnce = 250;
/** The file is put in order when nothing was deleted for so long. */
const quietMs = 5_000;
/** A log that another process holds is tried again after this. */
const retryMs = 1_000;
const MiB = 1024 * 1024;
/** How much of a file is rewritten in a second, in which nothing else is answered. */
const rewrittenPerMs = (60 * MiB) / 1_000;
/** Files up to these sizes are rewritten before a deletion is acknowledged, when the store is closed, and ever. */
const rewrittenAtOnce = 4 * MiB;
const rewrittenAtClose = 32 * MiB;
const rewrittenAtAll = 128 * MiB;
/** Rewriting takes no more than one part in so many of the time. */
const rewriteShare = 100;

/** What is done for the file between requests. */
export interface Maintenance {
  /**
   * After a deletion: empties the log at once, or as soon as another process lets go of it, and rewrites the file,
   * a small one at once.
   */
  forgot(): void;
  /** Resolves when nothing is left to do that can be done now. */
  settle(): Promise<void>;
  stop(): void;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Copies some more words into the new full-text table; the last time it takes the place of the old one. */
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

/** How many bytes the database has, without its log. */
function sizeOf(connection: Connection): number {
  return connection.pragma('page_count') * connection.pragma('page_size');
}

/**
 * Keeps the file free of what was deleted, and small. Everything it does is a transaction of its own,
 * and what is left to do is in the file: a kill costs nothing but the step it hit.
 * `onError` is told what went wrong; it is tried again after the next deletion or when the store is opened again.
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
   * In how many milliseconds the file is to be rewritten; undefined is never. SQLite overwrites what is deleted, but
   * not the copies that it leaves inside a page when it moves rows to another: about one row in a hundred has one.
   */
  function rewriteIn(): number | undefined {
    if (taskState(connection, 'compact') !== undefined) return 0;
    const size = sizeOf(connection);
    if (taskState(connection, 'forgotten') === undefined || size > rewrittenAtAll) return undefined;
    return Math.max(0, rewrittenAt + (size / rewrittenPerMs) * rewriteShare - clock.monotonic());
  }

  /** Rewrites a file with deletions that is small enough. What fails is tried again later. */
  function rewriteUpTo(bytes: number): void {
    // An earlier version's store is rewritten when its words are copied; before, it would be in vain.
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

  /** Gives free pages back to the file system. A file that was never rewritten by this version cannot. */
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
      // What the old table frees is overwritten by the rewrite that follows.
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

  // What a killed process left in the log, and what it had still to do.
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
