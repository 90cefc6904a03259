import type { Connection } from './connection.ts';
import { taskState } from './maintenance-state.ts';
import { type MemoryRow, memoryColumns, tagKey } from './memory.ts';
import { addProject, dropProject } from './projects.ts';
import { indexText } from './text.ts';

/** A row that is not inserted yet. */
export interface NewRow extends Omit<MemoryRow, 'seq' | 'tags'> {
  tags: readonly string[];
}

/** Gives the indexed words of a row, for each field. */
export function textOf(row: Pick<MemoryRow, 'title' | 'tags' | 'content'>): [string, string, string] {
  const tags = (JSON.parse(row.tags) as string[]).join(' ');
  return [indexText(row.title ?? ''), indexText(tags), indexText(row.content)];
}

/** Inserts a row and everything derived from it. Must run inside a transaction. */
export function insertRow(connection: Connection, row: NewRow): MemoryRow {
  const { id, title, content, tags, project, created_at, updated_at, origin, origin_digest } = row;
  const { thread, position, expires_at, importance } = row;
  const tagList = JSON.stringify(tags);
  const { lastInsertRowid } = connection
    .prepare(
      `INSERT INTO memories (id, title, content, tags, project, created_at, updated_at, origin, origin_digest,
         thread, position, expires_at, importance)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      ...[id, title, content, tagList, project, created_at, updated_at, origin, origin_digest],
      ...[thread, position, expires_at, importance],
    );
  const seq = Number(lastInsertRowid);
  if (project !== null) addProject(connection, project);
  connection
    .prepare('INSERT INTO memory_words (rowid, title, tags, content) VALUES (?, ?, ?, ?)')
    .run(seq, ...textOf({ title, content, tags: tagList }));
  for (const tag of tags) {
    connection
      .prepare('INSERT INTO memory_tags (tag, created_at, seq) VALUES (?, ?, ?)')
      .run(tagKey(tag), created_at, seq);
  }
  return { ...row, seq, tags: tagList };
}

/** Removes the words of a row from a full-text table. They must be exactly the words that were inserted. */
function deleteWords(connection: Connection, table: string, row: MemoryRow): void {
  connection
    .prepare(`INSERT INTO ${table} (${table}, rowid, title, tags, content) VALUES ('delete', ?, ?, ?, ?)`)
    .run(row.seq, ...textOf(row));
}

/**
 * Deletes a row and what other tables hold of it, except the word lists. Only `forgetting` calls it, which does the
 * rest.
 */
export function deleteRow(connection: Connection, row: MemoryRow): void {
  connection.prepare('DELETE FROM memories WHERE seq = ?').run(row.seq);
  if (row.project !== null) dropProject(connection, row.project);
  const copied = taskState(connection, 'words-copied');
  if (copied === undefined) deleteWords(connection, 'memory_words', row);
  else {
    connection.prepare('DELETE FROM memory_words WHERE rowid = ?').run(row.seq);
    if (row.seq <= copied) deleteWords(connection, 'memory_words_next', row);
  }
  for (const tag of JSON.parse(row.tags) as string[]) {
    connection
      .prepare('DELETE FROM memory_tags WHERE tag = ? AND created_at = ? AND seq = ?')
      .run(tagKey(tag), row.created_at, row.seq);
  }
}

/** Gives the row of a memory, or `undefined`. */
export function findRow(connection: Connection, id: string): MemoryRow | undefined {
  return connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.id = ?`).get(id) as
    | MemoryRow
    | undefined;
}

/** Gives the next place in a thread. */
export function nextPosition(connection: Connection, thread: string): number {
  const row = connection.prepare('SELECT max(position) AS last FROM memories WHERE thread = ?').get(thread);
  return ((row as { last: number | null }).last ?? 0) + 1;
}

/** Gives the oldest memory with exactly this content, in this project or in none, that has not expired. */
export function findSame(
  connection: Connection,
  { content, project }: Pick<MemoryRow, 'content' | 'project'>,
  now: number,
): MemoryRow | undefined {
  return connection
    .prepare(
      `SELECT ${memoryColumns} FROM memories m
       WHERE length(m.content) = length(?1) AND substr(m.content, 1, 16) = substr(?1, 1, 16) AND m.content = ?1
         AND m.project IS ?2 AND (m.expires_at IS NULL OR m.expires_at > ?3)
       ORDER BY m.seq LIMIT 1`,
    )
    .get(content, project, now) as MemoryRow | undefined;
}

/** Stores the time of a write. `memory`: a memory was written; `probe`: a check that the store can be written. */
export function noteWrite(connection: Connection, kind: 'memory' | 'probe', at: number): void {
  connection.prepare('INSERT OR REPLACE INTO writes (kind, at) VALUES (?, ?)').run(kind, at);
}

/** Gives the time of the last write of a kind, in milliseconds since 1970. */
export function lastWrite(connection: Connection, kind: 'memory' | 'probe'): number | undefined {
  const row = connection.prepare('SELECT at FROM writes WHERE kind = ?').get(kind) as
    | { at: number }
    | undefined;
  return row?.at;
}
