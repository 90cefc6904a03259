import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Forget } from './forget.ts';
import { cleanTags, type MemoryRow, memoryColumns } from './memory.ts';
import { findRow, insertRow, nextPosition } from './rows.ts';

/** A memory from another source. Times are milliseconds since 1970. */
export interface ImportedMemory {
  content: string;
  title: string | null;
  tags: readonly string[];
  project: string | null;
  createdAt?: number | undefined;
  updatedAt?: number | undefined;
  expiresAt?: number | undefined;
  importance?: number | undefined;
  thread?: string | undefined;
  position?: number | undefined;
  /** Its id, when it was exported from memoryd. */
  id?: string | undefined;
  /** The item of the source it was made from. The same item is never stored twice. */
  origin?: string | undefined;
  /** A digest of that item when it was imported. */
  originDigest?: string | undefined;
}

export type ImportOutcome = 'stored' | 'updated' | 'unchanged';

function findKnown(connection: Connection, { id, origin }: ImportedMemory): MemoryRow | undefined {
  const byId = id === undefined ? undefined : findRow(connection, id);
  if (byId !== undefined || origin === undefined) return byId;
  return connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.origin = ?`).get(origin) as
    | MemoryRow
    | undefined;
}

/**
 * Whether the imported memory replaces the known one: with the same id when it is newer, with the same origin when the
 * item has changed.
 */
function isNews(known: MemoryRow, imported: ImportedMemory): boolean {
  if (imported.id === known.id) return (imported.updatedAt ?? 0) > known.updated_at;
  return imported.originDigest !== known.origin_digest;
}

/**
 * Stores an imported memory or its changes. Must be called inside `forgetting`. `now` is in milliseconds since 1970.
 */
export function importMemory(
  connection: Connection,
  imported: ImportedMemory,
  now: number,
  forget: Forget,
): ImportOutcome {
  const known = findKnown(connection, imported);
  if (known !== undefined && !isNews(known, imported)) return 'unchanged';
  if (known !== undefined) forget(known);
  const created = imported.createdAt ?? known?.created_at ?? now;
  const { thread } = imported;
  insertRow(connection, {
    id: known?.id ?? imported.id ?? randomUUID(),
    title: imported.title,
    content: imported.content,
    tags: cleanTags(imported.tags),
    project: imported.project,
    created_at: created,
    updated_at: imported.updatedAt ?? (known === undefined ? created : now),
    // A memory keeps its first origin: another row may already have the imported one.
    origin: known === undefined ? (imported.origin ?? null) : known.origin,
    origin_digest: imported.originDigest ?? known?.origin_digest ?? null,
    thread: thread ?? null,
    position: thread === undefined ? null : (imported.position ?? nextPosition(connection, thread)),
    expires_at: imported.expiresAt ?? null,
    importance: imported.importance ?? null,
  });
  return known === undefined ? 'stored' : 'updated';
}
