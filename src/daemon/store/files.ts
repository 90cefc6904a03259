import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the memories of a data directory lie. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'memories.db');
}

/**
 * Whether the database has a log, which whoever closes it last removes: a process was killed, or another one has it open.
 * Loads no SQLite.
 */
export function hasLog(dataDir: string): boolean {
  return existsSync(`${databasePath(dataDir)}-wal`);
}
