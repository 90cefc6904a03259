import { DatabaseSync } from 'node:sqlite';
import { MemorydError, messageOf } from '../../errors.ts';
import {
  createPrivateFile,
  keepDatabase,
  publishDatabase,
  removeDatabase,
} from '../../system/database-files.ts';
import { refuseNewer } from './migrations.ts';

const lockTimeoutMs = 5_000;

function withDatabase<T>(path: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { timeout: lockTimeoutMs });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Throws when a page of the database is damaged. */
export function checkPages(path: string): void {
  const first = withDatabase(path, (db) => db.prepare('PRAGMA quick_check(1)').get());
  const result = String(first?.quick_check);
  if (result === 'ok') return;
  throw new MemorydError('failed', `${path} is damaged: ${result.replaceAll(/\s+/g, ' ')}`);
}

/** Gives how many memories a store has. Throws `failed` when it is damaged, is none, or has a newer schema. */
export function verifyStore(path: string): number {
  try {
    checkPages(path);
    return withDatabase(path, (db) => {
      refuseNewer(db);
      return (db.prepare('SELECT count(*) AS n FROM memories').get() as { n: number }).n;
    });
  } catch (error) {
    if (error instanceof MemorydError) throw error;
    throw new MemorydError('failed', `${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Copies the store at `path`, as it is at one moment, to a new file, verifies it, and gives it the name `to`. Others
 * may read and write the store meanwhile. Gives how many memories it has. Throws `failed`, and leaves nothing behind.
 */
export function backUp(path: string, to: string): number {
  const temporary = `${to}.part`;
  createPrivateFile(temporary);
  try {
    withDatabase(path, (db) => db.prepare('VACUUM INTO ?').run(temporary));
    const memories = verifyStore(temporary);
    publishDatabase(temporary, to);
    return memories;
  } catch (error) {
    removeDatabase(temporary);
    if (error instanceof MemorydError) throw error;
    throw new MemorydError('failed', `cannot back up ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Puts a verified copy of the backup `from` in the place of the store at `path`, which must not be open. What was there
 * is kept under the name `kept`. Gives how many memories there are now. Throws `failed` before it changes anything.
 */
export function restoreBackup(from: string, path: string, kept: string): number {
  const temporary = `${path}.restoring`;
  const memories = backUp(from, temporary);
  keepDatabase(path, kept);
  publishDatabase(temporary, path);
  return memories;
}
