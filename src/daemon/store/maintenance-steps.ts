import type { Connection } from './connection.ts';
import { setTask, taskState } from './maintenance-state.ts';
import { type MemoryRow, memoryColumns } from './memory.ts';
import { adoptNextWords } from './migrations.ts';
import { textOf } from './rows.ts';

/** How many memories are copied to the new full-text table in one step, which takes some milliseconds. */
const copiedAtOnce = 100;
/** How many free pages are released in one step, which takes some milliseconds. */
const pagesAtOnce = 250;

/** Copies the next memories into the new full-text table. After the last ones it replaces the old table. */
function copyNextWords(connection: Connection): void {
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

/** Fills the new full-text table of an earlier store, some memories per step. */
export function* copyWords(connection: Connection): Generator<void> {
  while (taskState(connection, 'words-copied') !== undefined) {
    // The rewrite that follows overwrites what the old table frees.
    connection.exec('PRAGMA secure_delete = OFF');
    try {
      connection.transaction(() => copyNextWords(connection));
    } finally {
      connection.exec('PRAGMA secure_delete = ON');
    }
    yield;
  }
}

/**
 * Releases free pages to the file system, some per step. This has no effect on a file that this version has never
 * rewritten.
 */
export function* releasePages(connection: Connection): Generator<void> {
  for (let free = connection.pragma('freelist_count'); free > 0; ) {
    connection.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    const left = connection.pragma('freelist_count');
    if (left >= free) return;
    free = left;
    yield;
  }
}
