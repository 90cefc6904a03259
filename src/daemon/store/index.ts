import { messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { type Connection, connectLazily } from './connection.ts';
import { createExpiry, type Expiry } from './expiry.ts';
import { databasePath } from './files.ts';
import { type Forget, forgetting } from './forget.ts';
import type { StartJob } from './job/run.ts';
import { createMaintenance, type Maintenance } from './maintenance.ts';
import { schemaVersion } from './migrations.ts';
import { createReads } from './reads.ts';
import { createRewriter, type Rewriter } from './rewrite.ts';
import type { Store } from './store.ts';
import { createWordIndex, defaultSegmentSize, type WordIndex } from './words/index.ts';
import { createWrites } from './writes.ts';

export type { ImportedMemory, ImportOutcome } from './import.ts';
export type { Memory, MemoryFilter, NewMemory } from './memory.ts';
export type { SearchHit, SearchOptions } from './search.ts';
export type { Similar } from './similar.ts';
export type { ExportedMemory, Store } from './store.ts';
export type { ProjectCount, StoreStats, TagCount } from './summary.ts';

export interface StoreOptions {
  /** The memories of one segment of the word index. */
  segmentSize?: number | undefined;
  /** Starts a process that rewrites large files. Without it they are rewritten by the next store that has it. */
  startJob?: StartJob | undefined;
  /** The largest file that is rewritten before a deletion is acknowledged, in bytes. */
  rewrittenAtOnce?: number | undefined;
}

/**
 * Makes the store of a data directory. It opens nothing until it is used and creates nothing until something is stored.
 */
export function createStore(dataDir: string, clock: Clock, log: Log, options: StoreOptions = {}): Store {
  const { segmentSize = defaultSegmentSize, startJob, rewrittenAtOnce: atOnceBytes } = options;
  const connection = connectLazily(dataDir, () => rewriter?.giveWay());
  const now = () => clock.now().getTime();
  let index: WordIndex | undefined;
  let rewriter: Rewriter | undefined;
  let maintenance: Maintenance | undefined;
  let expiry: Expiry | undefined;

  /** Starts the maintenance and the expiry when the database is opened. Every use of the connection goes through here. */
  function maintained<D extends Connection | undefined>(db: D): D {
    if (db === undefined || maintenance !== undefined) return db;
    const onError = (error: unknown) => log('store.maintenance-failed', { error: messageOf(error) });
    const path = databasePath(dataDir);
    rewriter = createRewriter({ connection: db, path, clock, startJob, atOnceBytes });
    maintenance = createMaintenance({ connection: db, rewriter, clock, onError });
    expiry = createExpiry({ connection: db, clock, forgetting: forgettingRows, onError });
    return db;
  }
  const reading = () => maintained(connection.reading());
  const writing = () => maintained(connection.writing());

  /**
   * Runs a transaction that deletes rows. When it returns, their text is deleted from the files as far as
   * `Maintenance.forgot` promises.
   */
  function forgettingRows<T>(db: Connection, work: (forget: Forget) => T): T {
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

  const isOpen = () => connection.isOpen();
  const rewriteProblem = () => rewriter?.problem();
  return {
    ...createReads({ reading, isOpen, indexOf, rewriteProblem, now }),
    ...createWrites({ reading, writing, forgetting: forgettingRows, expiring: () => expiry?.plan(), now }),

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
      expiry?.stop();
      expiry = undefined;
      maintenance?.stop();
      maintenance = undefined;
      connection.close();
    },
  };
}
