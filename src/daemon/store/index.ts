import { randomUUID } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { type Connection, connectLazily } from './connection.ts';
import { type Forget, forgetting } from './forget.ts';
import { importMemory } from './import.ts';
import { listMemories, parseCursor } from './list.ts';
import { createMaintenance, type Maintenance } from './maintenance.ts';
import { cleanTags, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { schemaVersion } from './migrations.ts';
import { findRow, insertRow, lastWrite, noteWrite } from './rows.ts';
import { searchMemories } from './search.ts';
import type { Store } from './store.ts';
import { createWordIndex, defaultSegmentSize, type WordIndex } from './words/index.ts';

export type { ImportedMemory, ImportOutcome } from './import.ts';
export type { Memory, MemoryFilter } from './memory.ts';
export type { SearchOptions } from './search.ts';
export type { ExportedMemory, Store } from './store.ts';

const exportPage = 500;

/** For how long a successful write proves that the store can be written. */
const proofMs = 30_000;

/**
 * Makes the store of a data directory. It opens nothing until it is used and creates nothing until something is stored.
 */
export function createStore(
  dataDir: string,
  clock: Clock,
  log: Log,
  segmentSize = defaultSegmentSize,
): Store {
  const connection = connectLazily(dataDir);
  const now = () => clock.now().getTime();
  let index: WordIndex | undefined;
  let maintenance: Maintenance | undefined;

  /** Starts the maintenance when the database is opened. Every use of the connection goes through here. */
  function maintained<D extends Connection | undefined>(db: D): D {
    if (db === undefined) return db;
    const onError = (error: unknown) => log('store.maintenance-failed', { error: messageOf(error) });
    maintenance ??= createMaintenance(db, clock, onError);
    return db;
  }
  const reading = () => maintained(connection.reading());
  const writing = () => maintained(connection.writing());

  /**
   * Runs a transaction that deletes rows. When it returns, their text is deleted from the files as far as
   * `Maintenance.forgot` promises.
   */
  function forgettingIn<T>(db: Connection, work: (forget: Forget) => T): T {
    const { result, rows } = forgetting(db, segmentSize, work);
    if (rows.length > 0) {
      index?.forget(rows);
      maintenance?.forgot();
    }
    return result;
  }

  function indexOf(db: Connection): WordIndex {
    const onError = (error: unknown) => log('store.index-failed', { error: messageOf(error) });
    index ??= createWordIndex(db, segmentSize, onError);
    return index;
  }

  return {
    add({ content, title = null, tags = [], project = null }) {
      const db = writing();
      const at = now();
      const row = { id: randomUUID(), title, content, tags: cleanTags(tags), project };
      return db.transaction(() => {
        noteWrite(db, 'memory', at);
        const times = { created_at: at, updated_at: at };
        return memoryOf(insertRow(db, { ...row, ...times, origin: null, origin_digest: null }));
      });
    },

    get(id) {
      const db = reading();
      const row = db === undefined ? undefined : findRow(db, id);
      return row === undefined ? undefined : memoryOf(row);
    },

    update(id, change) {
      const db = reading();
      if (db === undefined) return undefined;
      return forgettingIn(db, (forget) => {
        const row = findRow(db, id);
        if (row === undefined) return undefined;
        const { title = row.title, content = row.content, project = row.project } = change;
        const tags = change.tags === undefined ? (JSON.parse(row.tags) as string[]) : cleanTags(change.tags);
        const at = now();
        forget(row);
        noteWrite(db, 'memory', at);
        return memoryOf(insertRow(db, { ...row, title, content, project, tags, updated_at: at }));
      });
    },

    delete(id) {
      const db = reading();
      if (db === undefined) return false;
      return forgettingIn(db, (forget) => {
        const row = findRow(db, id);
        if (row === undefined) return false;
        forget(row);
        noteWrite(db, 'memory', now());
        return true;
      });
    },

    list(filter, limit, cursor) {
      const from = cursor === undefined ? undefined : parseCursor(cursor);
      if (cursor !== undefined && from === undefined) return undefined;
      const db = reading();
      return db === undefined ? { memories: [] } : listMemories(db, filter, limit, from);
    },

    search(text, options) {
      const db = reading();
      return db === undefined ? [] : searchMemories(db, indexOf(db), text, options, now());
    },

    import(memories) {
      if (memories.length === 0) return [];
      const db = writing();
      return forgettingIn(db, (forget) => {
        noteWrite(db, 'memory', now());
        return memories.map((memory) => importMemory(db, memory, now(), forget));
      });
    },

    *export() {
      const db = reading();
      if (db === undefined) return;
      // Read in pages: an open statement would stop the checkpoint of the log.
      const page = db.prepare(
        `SELECT ${memoryColumns} FROM memories m WHERE m.seq > ? ORDER BY m.seq LIMIT ${exportPage}`,
      );
      let rows: MemoryRow[] = [];
      do {
        rows = page.all(rows.at(-1)?.seq ?? 0) as unknown as MemoryRow[];
        for (const row of rows) {
          yield { ...memoryOf(row), origin: row.origin, originDigest: row.origin_digest };
        }
      } while (rows.length === exportPage);
    },

    counts() {
      const db = connection.isOpen() ? reading() : undefined;
      if (db === undefined) return { memories: null, lastWrite: null };
      const { n } = db.prepare('SELECT count(*) AS n FROM memories').get() as { n: number };
      return { memories: n, lastWrite: lastWrite(db, 'memory') ?? null };
    },

    proveWritable() {
      const db = reading();
      if (db === undefined) return { kind: 'never-used' };
      const at = now();
      const latest = Math.max(lastWrite(db, 'memory') ?? 0, lastWrite(db, 'probe') ?? 0);
      // Write also when the last write is in the future: after a clock was set back, an old write must not count as
      // recent.
      if (latest > at || at - latest >= proofMs) db.transaction(() => noteWrite(db, 'probe', at));
      return { kind: 'proven', lastWrite: lastWrite(db, 'memory') ?? null };
    },

    async settle() {
      const db = reading();
      if (db === undefined) return;
      await maintenance?.settle();
      await indexOf(db).settle();
    },

    recover() {
      reading();
    },

    schemaVersion,

    close() {
      index?.stop();
      index = undefined;
      maintenance?.stop();
      maintenance = undefined;
      connection.close();
    },
  };
}
