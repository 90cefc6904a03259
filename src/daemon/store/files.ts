import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Gives the path of the database of a data directory. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'memories.db');
}

/**
 * Whether the database has a write-ahead log. The last process that closes the database removes it, so a process was
 * killed or another one has the database open. Does not load SQLite.
 */
export function hasLog(dataDir: string): boolean {
  return existsSync(`${databasePath(dataDir)}-wal`);
}
