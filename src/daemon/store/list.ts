import type { Connection } from './connection.ts';
import { sourceOf } from './filter.ts';
import { type Memory, type MemoryFilter, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';

export interface Page {
  memories: Memory[];
  /** The cursor of the next page. Absent on the last page. */
  next?: string;
}

interface ListCursor {
  createdAt: number;
  seq: number;
}

function cursorText({ createdAt, seq }: ListCursor): string {
  return Buffer.from(`${createdAt}.${seq}`).toString('base64url');
}

/** Parses a cursor. Gives `undefined` when it is invalid. */
export function parseCursor(text: string): ListCursor | undefined {
  const [, createdAt, seq] =
    /^(-?\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return createdAt === undefined ? undefined : { createdAt: Number(createdAt), seq: Number(seq) };
}

/** Gives `limit` memories from the cursor on, newest first. */
export function listMemories(
  connection: Connection,
  filter: MemoryFilter,
  limit: number,
  cursor: ListCursor | undefined,
): Page {
  const { from, driver, sql, values } = sourceOf(filter);
  if (cursor !== undefined) {
    sql.push(`(${driver}.created_at, ${driver}.seq) < (?, ?)`);
    values.push(cursor.createdAt, cursor.seq);
  }
  const where = sql.length === 0 ? '' : `WHERE ${sql.join(' AND ')}`;
  const rows = connection
    .prepare(
      `SELECT ${memoryColumns} FROM ${from} ${where}
       ORDER BY ${driver}.created_at DESC, ${driver}.seq DESC LIMIT ?`,
    )
    .all(...values, limit + 1) as unknown as MemoryRow[];
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const page: Page = { memories: shown.map(memoryOf) };
  if (rows.length > limit && last !== undefined) {
    page.next = cursorText({ createdAt: last.created_at, seq: last.seq });
  }
  return page;
}
