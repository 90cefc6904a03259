import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Forget } from './forget.ts';
import { importMemory } from './import.ts';
import { cleanTags, memoryOf } from './memory.ts';
import type { Rewriter } from './rewrite.ts';
import { findRow, insertRow, lastWrite, noteWrite } from './rows.ts';
import type { Store } from './store.ts';

/** What writing to a store needs. */
export interface WriteContext {
  /** The database; undefined while there is none. Opens it, creates nothing. */
  reading(): Connection | undefined;
  /** The database, created where there is none. */
  writing(): Connection;
  /** A transaction that deletes rows: when it returns, no file contains their text any more. */
  forgetting<T>(connection: Connection, work: (forget: Forget) => T): T;
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
): Pick<Store, 'add' | 'update' | 'delete' | 'import' | 'proveWritable'> {
  return {
    add({ content, title = null, tags = [], project = null }) {
      const db = context.writing();
      const at = context.now();
      const row = { id: randomUUID(), title, content, tags: cleanTags(tags), project };
      return db.transaction(() => {
        noteWrite(db, 'memory', at);
        const times = { created_at: at, updated_at: at };
        return memoryOf(insertRow(db, { ...row, ...times, origin: null, origin_digest: null }));
      });
    },

    update(id, change) {
      const db = context.reading();
      if (db === undefined) return undefined;
      return context.forgetting(db, (forget) => {
        const row = findRow(db, id);
        if (row === undefined) return undefined;
        const { title = row.title, content = row.content, project = row.project } = change;
        const tags = change.tags === undefined ? (JSON.parse(row.tags) as string[]) : cleanTags(change.tags);
        const at = context.now();
        forget(row);
        noteWrite(db, 'memory', at);
        return memoryOf(insertRow(db, { ...row, title, content, project, tags, updated_at: at }));
      });
    },

    delete(id) {
      const db = context.reading();
      if (db === undefined) return false;
      return context.forgetting(db, (forget) => {
        const row = findRow(db, id);
        if (row === undefined) return false;
        forget(row);
        noteWrite(db, 'memory', context.now());
        return true;
      });
    },

    import(memories) {
      if (memories.length === 0) return [];
      const db = context.writing();
      return context.forgetting(db, (forget) => {
        noteWrite(db, 'memory', context.now());
        return memories.map((memory) => importMemory(db, memory, context.now(), forget));
      });
    },

    proveWritable() {
      const db = context.reading();
      if (db === undefined) return { kind: 'never-used' };
      const at = context.now();
      const latest = Math.max(lastWrite(db, 'memory') ?? 0, lastWrite(db, 'probe') ?? 0);
      // A clock that was set back must not make an old write look new.
      const isOld = latest > at || at - latest >= proofMs;
      // A rewrite writes as well, and must not end for a probe.
      if (isOld && context.rewriter()?.isRunning() !== true) db.transaction(() => noteWrite(db, 'probe', at));
      return { kind: 'proven', lastWrite: lastWrite(db, 'memory') ?? null };
    },
  };
}
