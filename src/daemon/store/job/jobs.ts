import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { removeSqliteTemporaries } from '../../../system/sqlite-file.ts';
import { backUp, checkPages } from '../backup.ts';
import { type Connection, connect } from '../connection.ts';
import { tuneConnection } from '../database.ts';
import { deletions, noteRewritten } from '../maintenance-state.ts';

/** What the program of jobs prints. */
export type JobReport = { ok: true } | { ok: false; why: string };

/** How long the short writes of a job wait for the locks of other processes. */
const lockTimeoutMs = 5_000;

function openFile(path: string): Connection {
  const db = new DatabaseSync(path, { timeout: lockTimeoutMs });
  try {
    tuneConnection(db);
    return connect(db, { timeoutMs: lockTimeoutMs });
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Rewrites a database, which removes every copy of deleted rows from it. Until VACUUM commits, no other process can
 * write, and a kill leaves the database as it was.
 */
function rewrite(path: string): void {
  removeSqliteTemporaries(dirname(path));
  const connection = openFile(path);
  try {
    const before = deletions(connection);
    connection.exec('VACUUM');
    connection.transaction(() => noteRewritten(connection, before));
    // The passive checkpoint copies the log into the database without barring writers. The second one has nothing left
    // to copy and truncates the log.
    connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
    connection.truncateLog();
  } finally {
    connection.close();
  }
}

/** The jobs by name. Each gets the path of a database, and `backUp` the path of the backup. */
export const jobs = { rewrite, check: checkPages, backUp } satisfies Record<
  string,
  (path: string, to: string) => unknown
>;

export type JobName = keyof typeof jobs;

export function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobs, name);
}
