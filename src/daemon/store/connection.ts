import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isBusy } from './busy.ts';
import { openDatabase } from './database.ts';

/** How long truncating the log waits for readers in other processes. It is tried again later. */
const logTimeoutMs = 20;
/** How long a transaction waits for the end of a process that was killed for it. */
const killedTimeoutMs = 1_000;

/** An open database. Each statement is prepared once. */
export interface Connection {
  prepare(sql: string): StatementSync;
  /** Runs `work` as one transaction. When this returns, all of it is on disk; when it throws, none of it is. */
  transaction<T>(work: () => T): T;
  /** Runs statements without rows and parameters, outside a transaction. */
  exec(sql: string): void;
  /** Gives the value of a pragma, such as `freelist_count`. */
  pragma(name: string): number;
  /**
   * Copies the write-ahead log into the database and truncates it, so that no old version of a page remains in it.
   * Gives false when another process was reading or writing; the log then keeps its content.
   */
  truncateLog(): boolean;
  close(): void;
}

/** What a connection does when another connection holds the lock that it needs. */
export interface LockPolicy {
  /** How long a statement waits, in milliseconds. Nothing else happens in this thread meanwhile. */
  timeoutMs: number;
  /** Ends what this process has started and holds the lock. Gives false when there is no such thing. */
  giveWay?(): boolean;
}

/** Wraps an open database. */
export function connect(
  db: DatabaseSync,
  { timeoutMs, giveWay = () => false }: LockPolicy = { timeoutMs: 0 },
): Connection {
  const statements = new Map<string, StatementSync>();
  db.exec('PRAGMA busy_timeout = 0');

  function waitingFor<T>(ms: number, work: () => T): T {
    db.exec(`PRAGMA busy_timeout = ${ms}`);
    try {
      return work();
    } finally {
      db.exec('PRAGMA busy_timeout = 0');
    }
  }

  function begin(): void {
    try {
      db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (!isBusy(error)) throw error;
      // The system releases the locks of a killed process within milliseconds.
      const waitMs = giveWay() ? Math.max(timeoutMs, killedTimeoutMs) : timeoutMs;
      if (waitMs === 0) throw error;
      waitingFor(waitMs, () => db.exec('BEGIN IMMEDIATE'));
    }
  }

  return {
    prepare(sql) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = db.prepare(sql);
        statements.set(sql, statement);
      }
      return statement;
    },
    transaction(work) {
      begin();
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite has already rolled back when the disk is full.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    exec: (sql) => waitingFor(timeoutMs, () => db.exec(sql)),
    pragma: (name) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number,
    truncateLog() {
      return waitingFor(logTimeoutMs, () => {
        const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
        return busy === 0;
      });
    },
    close: () => db.close(),
  };
}

/** The connection to the database of a data directory, opened on first use. */
export interface LazyConnection {
  /** Undefined when nothing was stored yet: reading creates no file. */
  reading(): Connection | undefined;
  /** Creates the directory and the database when they do not exist. */
  writing(): Connection;
  isOpen(): boolean;
  close(): void;
}

/**
 * Makes a connection that opens the database on first use. Its methods throw what openDatabase throws.
 */
export function connectLazily(dataDir: string, locks: LockPolicy): LazyConnection {
  let connection: Connection | undefined;

  function open(create: boolean): Connection | undefined {
    if (connection === undefined) {
      const db = openDatabase(dataDir, create, locks.timeoutMs);
      if (db !== undefined) connection = connect(db, locks);
    }
    return connection;
  }

  return {
    reading: () => open(false),
    writing: () => open(true) as Connection,
    isOpen: () => connection !== undefined,
    close() {
      connection?.close();
      connection = undefined;
    },
  };
}
