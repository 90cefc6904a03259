import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
    return connect(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Removes temporary files of SQLite that a power cut left on Windows. Elsewhere they have no name from the start. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    // On Windows this fails while another process uses the file, which that process removes itself.
    if (name.startsWith('etilqs_')) rmSync(join(directory, name), { force: true });
  }
}

/**
 * Rewrites a database, which removes every copy of deleted rows from it. Until VACUUM commits, no other process can
 * write, and a kill leaves the database as it was.
 */
function rewrite(path: string): void {
  removeLeftovers(dirname(path));
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

/** The jobs by name. Each gets the path of a database. */
export const jobs = { rewrite } satisfies Record<string, (path: string) => void>;

export type JobName = keyof typeof jobs;

export function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobs, name);
}
