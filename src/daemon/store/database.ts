import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, MemorydError } from '../../errors.ts';
import { databasePath } from '../../layout.ts';
import { migrate, refuseNewer } from './migrations.ts';

/**
 * Flushes a directory, so that a new entry survives a power cut. Windows cannot open directories and does not need
 * this.
 */
function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives a new file the name of the database, unless another process was faster. */
function publish(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // A file system without hard links.
    renameSync(temporary, path);
  }
}

/**
 * Creates the directory and a database without memories, that only this user can read. SQLite gives its log the same
 * mode. The database is complete before it gets its name, so an empty file is never one of ours.
 */
function createFile(path: string): void {
  const directory = dirname(path);
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  closeSync(openSync(temporary, 'wx', 0o600));
  try {
    const db = new DatabaseSync(temporary);
    try {
      tuneConnection(db);
      migrate(db);
    } finally {
      db.close();
    }
    publish(temporary, path);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${temporary}${suffix}`, { force: true });
  }
  flushDirectory(directory);
  if (made !== undefined) flushDirectory(dirname(made));
}

/** The value of `PRAGMA auto_vacuum` for incremental. */
const incremental = 2;

/** Sets what every connection to a store needs. */
export function tuneConnection(db: DatabaseSync): void {
  // auto_vacuum takes effect only in a file without tables, so it comes first; an older file gets it from VACUUM. Where
  // it is set, setting it again would write to the file, which reading must not need.
  const { auto_vacuum: mode } = db.prepare('PRAGMA auto_vacuum').get() as { auto_vacuum: number };
  if (mode !== incremental) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // FULL: each commit is on disk before it is acknowledged. macOS needs F_FULLFSYNC for that.
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16384;
  `);
}

/**
 * Opens the database of a data directory and migrates it to our schema. Waits up to `lockTimeoutMs` for the locks of
 * other processes. With `create` it is created when absent.
 * Without, gives `undefined` when there is none, and creates nothing.
 * Throws what SQLite throws, and `failed` for an empty file and when a newer memoryd wrote the database.
 */
export function openDatabase(
  dataDir: string,
  create: boolean,
  lockTimeoutMs: number,
): DatabaseSync | undefined {
  const path = databasePath(dataDir);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.size === 0)
    throw new MemorydError('failed', `${path} is empty: it has 0 bytes, so its memories are gone`);
  if (there === undefined) {
    if (!create) return undefined;
    createFile(path);
  }
  const db = new DatabaseSync(path, { timeout: lockTimeoutMs });
  try {
    // Before anything that could change the file.
    refuseNewer(db);
    tuneConnection(db);
    migrate(db);
    // After the migrations: what they drop is overwritten by the VACUUM that follows, and needs to be overwritten only
    // once.
    db.exec('PRAGMA secure_delete = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
