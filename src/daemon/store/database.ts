import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf } from '../../errors.ts';
import { databasePath } from './files.ts';
import { migrate } from './migrations.ts';

/** How long a statement waits for the lock of another process before it fails. */
export const lockTimeoutMs = 1_000;

/** Makes a new entry of a directory last through a power cut. Windows cannot open directories and does not need it. */
function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the directory and an empty database that only we can read: SQLite gives its log the same mode. */
function createFile(path: string): void {
  const directory = dirname(path);
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  flushDirectory(directory);
  if (made !== undefined) flushDirectory(dirname(made));
}

/**
 * Opens the database of a data directory and brings it to our schema.
 * With `create` it is made when absent; without, undefined says that nothing was ever stored, and nothing is made.
 */
export function openDatabase(dataDir: string, create: boolean): DatabaseSync | undefined {
  const path = databasePath(dataDir);
  if (!existsSync(path)) {
    if (!create) return undefined;
    createFile(path);
  }
  const db = new DatabaseSync(path, { timeout: lockTimeoutMs });
  try {
    // auto_vacuum takes effect in a file that has no table yet, so it comes first; an older file gets it from VACUUM.
    // FULL: each commit is on the disk before it is acknowledged. macOS needs F_FULLFSYNC for that.
    db.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = ON;
      PRAGMA checkpoint_fullfsync = ON;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -16384;
    `);
    migrate(db);
    // After the migrations: what those drop is overwritten by the VACUUM that follows them, and only once.
    db.exec('PRAGMA secure_delete = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
