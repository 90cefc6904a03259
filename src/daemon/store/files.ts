import { existsSync } from 'node:fs';
import { databasePath } from '../../layout.ts';

/**
 * Whether the database has a write-ahead log. The last process that closes the database removes it, so a process was
 * killed or another one has the database open. Does not load SQLite.
 */
export function hasLog(dataDir: string): boolean {
  return existsSync(`${databasePath(dataDir)}-wal`);
}
