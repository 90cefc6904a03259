import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Forget } from './forget.ts';
import { importMemory } from './import.ts';
import { cleanTags, isExpired, type MemoryRow, memoryOf, type NewMemory } from './memory.ts';
import { findRow, findSame, insertRow, lastWrite, nextPosition, noteWrite } from './rows.ts';
import type { Store } from './store.ts';

/** What writing to a store needs. */
export interface WriteContext {
  /** The database; undefined while there is none. Opens it, creates nothing. */
  reading(): Connection | undefined;
  /** The database, created where there is none. */
  writing(): Connection;
  /** A transaction that deletes rows: when it returns, no file contains their text any more. */
  forgetting<T>(connection: Connection, work: (forget: Forget) => T): T;
  /** Must be called after memories that expire were written. */
  expiring(): void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** How long a write proves that the next one would succeed. */
const proofMs = 30_000;

/** Inserts a memory from a client. Must run inside a transaction. */
function insertNew(db: Connection, memory: NewMemory, now: number): MemoryRow {
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

/** The operations of a store that write. */
export function createWrites(
  context: WriteContext,
): Pick<Store, 'add' | 'addAll' | 'update' | 'delete' | 'deleteAll' | 'import' | 'proveWritable'> {
  function deleteAll(ids: readonly string[]): string[] {
    const db = context.reading();
    if (db === undefined) return [];
    return context.forgetting(db, (forget) => {
      const rows = ids.flatMap((id) => findRow(db, id) ?? []);
      if (rows.length === 0) return [];
      for (const row of rows) forget(row);
      noteWrite(db, 'memory', context.now());
      return rows.map(({ id }) => id);
    });
  }

  return {
    add(memory) {
      const db = context.writing();
      const now = context.now();
      const row = db.transaction(() => {
        noteWrite(db, 'memory', now);
        return insertNew(db, memory, now);
      });
      if (row.expires_at !== null) context.expiring();
      return memoryOf(row);
    },

    addAll(memories, duplicates) {
      if (memories.length === 0) return [];
      const db = context.writing();
      const now = context.now();
      const added = db.transaction(() => {
        noteWrite(db, 'memory', now);
        return memories.map((memory) => {
          const { content, project = null } = memory;
          const same = duplicates === 'skip' ? findSame(db, { content, project }, now) : undefined;
          const row = same ?? insertNew(db, memory, now);
          return { memory: memoryOf(row), stored: same === undefined };
        });
      });
      if (memories.some(({ expiresAt }) => expiresAt !== undefined)) context.expiring();
      return added;
    },

    update(id, change) {
      const db = context.reading();
      if (db === undefined) return undefined;
      const updated = context.forgetting(db, (forget) => {
        const row = findRow(db, id);
        if (row === undefined || isExpired(row, context.now())) return undefined;
        const { title = row.title, content = row.content, project = row.project } = change;
        const { expiresAt: expires_at = row.expires_at, importance = row.importance } = change;
        const changed = { title, content, project, expires_at, importance };
        const tags = change.tags === undefined ? (JSON.parse(row.tags) as string[]) : cleanTags(change.tags);
        const at = context.now();
        forget(row);
        noteWrite(db, 'memory', at);
        return memoryOf(insertRow(db, { ...row, ...changed, tags, updated_at: at }));
      });
      if (updated?.expiresAt !== undefined) context.expiring();
      return updated;
    },

    delete: (id) => deleteAll([id]).length > 0,
    deleteAll,

    import(memories) {
      if (memories.length === 0) return [];
      const db = context.writing();
      const outcomes = context.forgetting(db, (forget) => {
        noteWrite(db, 'memory', context.now());
        return memories.map((memory) => importMemory(db, memory, context.now(), forget));
      });
      if (memories.some(({ expiresAt }) => expiresAt !== undefined)) context.expiring();
      return outcomes;
    },

    proveWritable() {
      const db = context.reading();
      if (db === undefined) return { kind: 'never-used' };
      const at = context.now();
      const latest = Math.max(lastWrite(db, 'memory') ?? 0, lastWrite(db, 'probe') ?? 0);
      // A clock that was set back must not make an old write look new.
      if (latest > at || at - latest >= proofMs) db.transaction(() => noteWrite(db, 'probe', at));
      return { kind: 'proven', lastWrite: lastWrite(db, 'memory') ?? null };
    },
  };
}
