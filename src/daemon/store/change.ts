import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Forget } from './forget.ts';
import { cleanTags, isExpired, type MemoryChange, type MemoryRow, type NewMemory } from './memory.ts';
import { findRow, findSame, insertRow, nextPosition } from './rows.ts';

// Each function must run inside a transaction, and those that get `forget` inside `forgetting`. Times are milliseconds
// since 1970.

/** Inserts a memory from a client. */
export function insertNew(db: Connection, memory: NewMemory, now: number): MemoryRow {
  const { thread = null } = memory;
  const at = memory.createdAt ?? now;
  return insertRow(db, {
    id: randomUUID(),
    title: memory.title ?? null,
    content: memory.content,
    tags: cleanTags(memory.tags ?? []),
    project: memory.project ?? null,
    created_at: at,
    updated_at: at,
    origin: null,
    origin_digest: null,
    thread,
    position: thread === null ? null : (memory.position ?? nextPosition(db, thread)),
    expires_at: memory.expiresAt ?? null,
    importance: memory.importance ?? null,
  });
}

/** Inserts a memory, or gives the one of its project that has the same text. */
export function insertOnce(
  db: Connection,
  memory: NewMemory,
  now: number,
): { row: MemoryRow; stored: boolean } {
  const { content, project = null } = memory;
  const same = findSame(db, { content, project }, now);
  return { row: same ?? insertNew(db, memory, now), stored: same === undefined };
}

/** Changes a memory. Gives `undefined` when there is none with that id. */
export function changeRow(
  db: Connection,
  id: string,
  change: MemoryChange,
  now: number,
  forget: Forget,
): MemoryRow | undefined {
  const row = findRow(db, id);
  if (row === undefined || isExpired(row, now)) return undefined;
  const { title = row.title, content = row.content, project = row.project } = change;
  const { expiresAt: expires_at = row.expires_at, importance = row.importance } = change;
  const tags = change.tags === undefined ? (JSON.parse(row.tags) as string[]) : cleanTags(change.tags);
  forget(row);
  return insertRow(db, { ...row, title, content, project, expires_at, importance, tags, updated_at: now });
}

/** Deletes memories, and gives the ids of those that there were. */
export function deleteRows(db: Connection, ids: readonly string[], forget: Forget): string[] {
  const rows = [...new Set(ids)].flatMap((id) => findRow(db, id) ?? []);
  for (const row of rows) forget(row);
  return rows.map(({ id }) => id);
}
