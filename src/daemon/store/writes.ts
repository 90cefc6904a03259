import { changeRow, deleteRows, insertNew, insertOnce } from './change.ts';
import type { Connection } from './connection.ts';
import type { Forget } from './forget.ts';
import { importMemory } from './import.ts';
import { type MemoryRow, memoryOf, type NewMemory } from './memory.ts';
import type { Rewriter } from './rewrite.ts';
import { lastWrite, noteWrite } from './rows.ts';
import type { Added, Proof, Store } from './store.ts';

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
  /** Rewrites the database; undefined while that is not open. */
  rewriter(): Pick<Rewriter, 'isRunning'> | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

/** How long a write proves that the next one would succeed. */
const proofMs = 30_000;

/** The operations of a store that write. */
export function createWrites(
  context: WriteContext,
): Pick<Store, 'add' | 'addAll' | 'update' | 'delete' | 'deleteAll' | 'import' | 'proveWritable'> {
  /** Deletes rows, alone or to replace them. `none` is the result when nothing was ever stored. */
  function replacing<T>(none: T, work: (db: Connection, forget: Forget) => T): T {
    const db = context.reading();
    return db === undefined ? none : context.forgetting(db, (forget) => work(db, forget));
  }

  function noteExpiring(memories: readonly { expiresAt?: unknown }[]): void {
    if (memories.some(({ expiresAt }) => expiresAt !== undefined)) context.expiring();
  }

  function addAll(memories: readonly NewMemory[], duplicates: 'keep' | 'skip'): Added[] {
    const now = context.now();
    const db = context.writing();
    const added = db.transaction(() => {
      noteWrite(db, 'memory', now);
      return memories.map((memory) =>
        duplicates === 'skip'
          ? insertOnce(db, memory, now)
          : { row: insertNew(db, memory, now), stored: true },
      );
    });
    noteExpiring(memories);
    return added.map(({ row, stored }) => ({ memory: memoryOf(row), stored }));
  }

  function deleteAll(ids: readonly string[]): string[] {
    return replacing([], (db, forget) => {
      const deleted = deleteRows(db, ids, forget);
      if (deleted.length > 0) noteWrite(db, 'memory', context.now());
      return deleted;
    });
  }

  return {
    add: (memory) => (addAll([memory], 'keep')[0] as Added).memory,
    addAll: (memories, duplicates) => (memories.length === 0 ? [] : addAll(memories, duplicates)),
    delete: (id) => deleteAll([id]).length > 0,
    deleteAll,

    update(id, change) {
      const now = context.now();
      const updated = replacing<MemoryRow | undefined>(undefined, (db, forget) => {
        const row = changeRow(db, id, change, now, forget);
        if (row !== undefined) noteWrite(db, 'memory', now);
        return row;
      });
      noteExpiring([change]);
      return updated === undefined ? undefined : memoryOf(updated);
    },

    import(memories) {
      if (memories.length === 0) return [];
      const db = context.writing();
      const outcomes = context.forgetting(db, (forget) => {
        noteWrite(db, 'memory', context.now());
        return memories.map((memory) => importMemory(db, memory, context.now(), forget));
      });
      noteExpiring(memories);
      return outcomes;
    },

    proveWritable() {
      const db = context.reading();
      return db === undefined ? { kind: 'never-used' } : proveWritable(context, db);
    },
  };
}

function proveWritable(context: WriteContext, db: Connection): Proof {
  const at = context.now();
  const latest = Math.max(lastWrite(db, 'memory') ?? 0, lastWrite(db, 'probe') ?? 0);
  // A clock that was set back must not make an old write look new.
  const isOld = latest > at || at - latest >= proofMs;
  // A rewrite writes as well, and must not end for a probe.
  if (isOld && context.rewriter()?.isRunning() !== true) db.transaction(() => noteWrite(db, 'probe', at));
  return { kind: 'proven', lastWrite: lastWrite(db, 'memory') ?? null };
}
