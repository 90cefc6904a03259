import type { Connection } from './connection.ts';
import { type Scope, sourcesOf, whereOf } from './filter.ts';
import { type Memory, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';

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

/** Gives `limit` rows of a filter from the cursor on, newest first. */
export function newestRows(
  connection: Connection,
  scope: Scope,
  limit: number,
  cursor?: ListCursor,
): MemoryRow[] {
  const sources = sourcesOf(connection, scope);
  const before = cursor === undefined ? [] : [cursor.createdAt, cursor.seq];
  const selects = sources.map((source) => {
    const position = `(${source.driver}.created_at, ${source.driver}.seq)`;
    const sql = cursor === undefined ? source.sql : [...source.sql, `${position} < (?, ?)`];
    return `SELECT ${memoryColumns} FROM ${source.from} ${whereOf({ ...source, sql })}`;
  });
  const [first] = sources;
  if (first === undefined) return [];
  // SQLite merges the sources of a compound query, each in the order of its index. Its order can only name columns of
  // the result.
  const prefix = sources.length === 1 ? `${first.driver}.` : '';
  return connection
    .prepare(`${selects.join(' UNION ALL ')} ORDER BY ${prefix}created_at DESC, ${prefix}seq DESC LIMIT ?`)
    .all(...sources.flatMap(({ values }) => [...values, ...before]), limit) as unknown as MemoryRow[];
}

/** Gives a page of `limit` memories from the cursor on, newest first. */
export function listMemories(
  connection: Connection,
  scope: Scope,
  limit: number,
  cursor: ListCursor | undefined,
): Page {
  const rows = newestRows(connection, scope, limit + 1, cursor);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const page: Page = { memories: shown.map(memoryOf) };
  if (rows.length > limit && last !== undefined) {
    page.next = cursorText({ createdAt: last.created_at, seq: last.seq });
  }
  return page;
}
