import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { lockTimeoutMs, openDatabase } from './database.ts';

/** How long emptying the log waits for the readers of another process. It is tried again later. */
const logTimeoutMs = 50;

/** An open database whose statements are prepared once. */
export interface Connection {
  prepare(sql: string): StatementSync;
  /** Runs `work` as one transaction: all of it is on the disk when this returns, or none of it when it throws. */
  transaction<T>(work: () => T): T;
  /** Runs statements that give no rows and take no values, outside a transaction. */
  exec(sql: string): void;
  /** The value of a pragma, such as `freelist_count`. */
  pragma(name: string): number;
  /**
   * Copies the write-ahead log into the database and empties it, so that no old version of a page is left there.
   * False when another process was reading or writing; the log then keeps what it has.
   */
  truncateLog(): boolean;
  close(): void;
}

export function connect(db: DatabaseSync): Connection {
  const statements = new Map<string, StatementSync>();
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
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk has rolled it back already.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    exec: (sql) => db.exec(sql),
    pragma: (name) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number,
    truncateLog() {
      db.exec(`PRAGMA busy_timeout = ${logTimeoutMs}`);
      try {
        const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
        return busy === 0;
      } finally {
        db.exec(`PRAGMA busy_timeout = ${lockTimeoutMs}`);
      }
    },
    close: () => db.close(),
  };
}

/** The connection of a data directory, opened when it is first needed. */
export interface LazyConnection {
  /** Undefined while nothing was ever stored: reading makes no file. */
  reading(): Connection | undefined;
  /** Makes directory and database when there are none. */
  writing(): Connection;
  isOpen(): boolean;
  close(): void;
}

export function connectLazily(dataDir: string): LazyConnection {
  let connection: Connection | undefined;

  function open(create: boolean): Connection | undefined {
    if (connection === undefined) {
      const db = openDatabase(dataDir, create);
      if (db !== undefined) connection = connect(db);
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
