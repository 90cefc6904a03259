import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';

/** What the first bytes of a database file tell. */
export type SqliteFile =
  | { kind: 'absent' }
  | { kind: 'empty' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'not-a-database' }
  | { kind: 'truncated'; bytes: number; expected: number }
  | { kind: 'database'; userVersion: number; writable: boolean };

/** https://sqlite.org/fileformat.html#the_database_header */
const headerBytes = 100;
const magic = 'SQLite format 3\0';

/** Whether this user may write a file. Does not open it. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** After a kill, the end of a database may be in its log only. */
function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function parse(header: Buffer, bytes: number, path: string): SqliteFile {
  if (header.length < headerBytes || header.toString('latin1', 0, magic.length) !== magic) {
    return { kind: 'not-a-database' };
  }
  const stored = header.readUInt16BE(16);
  const pageSize = stored === 1 ? 65_536 : stored;
  // The number of pages is valid when the two counters agree.
  const expected =
    header.readUInt32BE(24) === header.readUInt32BE(92) ? header.readUInt32BE(28) * pageSize : 0;
  if (bytes < expected && !hasLog(path)) return { kind: 'truncated', bytes, expected };
  return { kind: 'database', userVersion: header.readUInt32BE(60), writable: isWritable(path) };
}

/**
 * Inspects a database file without SQLite. Must not be called while this process has the file open in SQLite: closing
 * any descriptor of a file takes all locks of the process from it. https://sqlite.org/howtocorrupt.html
 */
export function inspectSqliteFile(path: string): SqliteFile {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { size } = fstatSync(file);
      if (size === 0) return { kind: 'empty' };
      const header = Buffer.alloc(headerBytes);
      return parse(header.subarray(0, readSync(file, header, 0, headerBytes, 0)), size, path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { kind: 'absent' } : { kind: 'unreadable', why: messageOf(error) };
  }
}

/** Removes temporary files of SQLite that a power cut left on Windows. Elsewhere they have no name from the start. */
export function removeSqliteTemporaries(directory: string): void {
  for (const name of readdirSync(directory)) {
    // On Windows this fails while another process uses the file, which that process removes itself.
    if (name.startsWith('etilqs_')) rmSync(join(directory, name), { force: true });
  }
}
