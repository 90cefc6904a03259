import { messageOf } from '../../errors.ts';
import { databasePath } from '../../layout.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { isBusy } from './busy.ts';
import { type Connection, connectLazily } from './connection.ts';
import { createExpiry, type Expiry } from './expiry.ts';
import { type Forget, forgetting } from './forget.ts';
import type { StartJob } from './job/run.ts';
import { createMaintenance, type Maintenance } from './maintenance.ts';
import { createRewriter, type Rewriter } from './rewrite.ts';
import { createWordIndex, defaultSegmentSize, type WordIndex } from './words/index.ts';

export interface StoreOptions {
  /** The memories of one segment of the word index. */
  segmentSize?: number | undefined;
  /** Starts a process that rewrites large files. Without it they are rewritten by the next store that has it. */
  startJob?: StartJob | undefined;
  /** The largest file that is rewritten before a deletion is acknowledged, in bytes. */
  rewrittenAtOnce?: number | undefined;
  /** How long a statement waits for the locks of other processes; a daemon does not wait, and tries again. */
  lockTimeoutMs?: number | undefined;
  /** The service, for the commands that errors name. */
  service?: string | undefined;
}

/** The database of a store and what works on it while it is open. It is opened on first use. */
export interface Lifecycle {
  /** Undefined when nothing was stored yet: reading creates no file. */
  reading(): Connection | undefined;
  /** Creates the database when there is none. */
  writing(): Connection;
  isOpen(): boolean;
  indexOf(connection: Connection): WordIndex;
  /** Runs a transaction that deletes rows, and removes their text from the files: see `Maintenance.forgot`. */
  forgetting<T>(connection: Connection, work: (forget: Forget) => T): T;
  /** Must be called after memories that expire were written. */
  expiring(): void;
  rewriter(): Rewriter | undefined;
  maintenance(): Maintenance | undefined;
  /** Closes the database, which is opened again by the next use. `discard` leaves the unfinished work. */
  close(how?: 'discard'): void;
}

const defaultLockTimeoutMs = 5_000;

/** Makes the lifecycle of the store in a data directory. Every use of its database goes through here. */
export function createLifecycle(dataDir: string, clock: Clock, log: Log, options: StoreOptions): Lifecycle {
  const { segmentSize = defaultSegmentSize, startJob, rewrittenAtOnce: atOnceBytes } = options;
  const connection = connectLazily(dataDir, {
    timeoutMs: options.lockTimeoutMs ?? defaultLockTimeoutMs,
    giveWay: () => rewriter?.giveWay() ?? false,
  });
  let index: WordIndex | undefined;
  let rewriter: Rewriter | undefined;
  let maintenance: Maintenance | undefined;
  let expiry: Expiry | undefined;

  /** A lock of another process is no failure: the work is done later. */
  const reporter = (event: string) => (error: unknown) => {
    if (!isBusy(error)) log(event, { error: messageOf(error) });
  };

  function forgettingRows<T>(db: Connection, work: (forget: Forget) => T): T {
    const { result, rows } = forgetting(db, segmentSize, work);
    if (rows.length > 0) {
      index?.forget(rows);
      maintenance?.forgot();
    }
    return result;
  }

  /** Starts the maintenance and the expiry when the database is opened. */
  function maintained<D extends Connection | undefined>(db: D): D {
    if (db === undefined || maintenance !== undefined) return db;
    rewriter = createRewriter({ connection: db, path: databasePath(dataDir), clock, startJob, atOnceBytes });
    const onError = reporter('store.maintenance-failed');
    maintenance = createMaintenance({ connection: db, rewriter, clock, onError });
    expiry = createExpiry({ connection: db, clock, forgetting: forgettingRows, onError });
    return db;
  }

  return {
    reading: () => maintained(connection.reading()),
    writing: () => maintained(connection.writing()),
    isOpen: () => connection.isOpen(),
    rewriter: () => rewriter,
    maintenance: () => maintenance,

    indexOf(db) {
      index ??= createWordIndex(db, segmentSize, reporter('store.index-failed'));
      return index;
    },

    forgetting: forgettingRows,
    expiring: () => expiry?.plan(),

    close(how) {
      index?.stop();
      index = undefined;
      expiry?.stop();
      expiry = undefined;
      maintenance?.stop(how);
      maintenance = undefined;
      rewriter = undefined;
      connection.close();
    },
  };
}
