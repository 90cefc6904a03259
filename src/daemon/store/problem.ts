import { MemorydError, messageOf } from '../../errors.ts';
import { shellLine } from '../../service/shell-line.ts';
import { type StoreProblem, storeSchema } from '../../service/store-problem.ts';
import { freeBytes } from '../../system/disk.ts';
import type { SqliteFile } from '../../system/sqlite-file.ts';

/** The primary result codes of SQLite that say what is wrong with a file. https://sqlite.org/rescode.html */
const kinds: Readonly<Record<number, StoreProblem['kind']>> = {
  3: 'unreadable', // SQLITE_PERM
  8: 'read-only', // SQLITE_READONLY
  10: 'unreadable', // SQLITE_IOERR
  11: 'damaged', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'unreadable', // SQLITE_CANTOPEN
  26: 'damaged', // SQLITE_NOTADB
};

function hintFor(kind: StoreProblem['kind'], path: string, service: string): string | null {
  switch (kind) {
    case 'damaged':
      return `memoryd repair ${service}`;
    case 'empty':
      return `memoryd restore ${service}`;
    case 'newer':
      return 'npm install --global memoryd@latest';
    case 'read-only':
      return shellLine(['chmod', 'u+rw', path]);
    case 'unreadable':
      return shellLine(['ls', '-l', path]);
    case 'full':
      return shellLine(['df', '-h', path]);
    case 'failed':
      return null;
  }
}

function problem(kind: StoreProblem['kind'], what: string, path: string, service: string): StoreProblem {
  return { kind, reason: `${path} ${what}`, hint: hintFor(kind, path, service) };
}

/** The problem of a database file, as far as its first bytes tell; `undefined` for an absent one. */
export function problemOfFile(file: SqliteFile, path: string, service: string): StoreProblem | undefined {
  switch (file.kind) {
    case 'absent':
      return undefined;
    case 'empty':
      return problem('empty', 'is empty: it has 0 bytes, so its memories are gone', path, service);
    case 'unreadable':
      return problem('unreadable', `cannot be read: ${file.why}`, path, service);
    case 'not-a-database':
      return problem('damaged', 'is damaged: it does not begin as a database', path, service);
    case 'truncated':
      return problem('damaged', `is damaged: it has ${file.bytes} of ${file.expected} bytes`, path, service);
    case 'database':
      if (file.userVersion > storeSchema) {
        const what = `has schema ${file.userVersion}, this memoryd knows ${storeSchema}`;
        return problem('newer', what, path, service);
      }
      return file.writable ? undefined : problem('read-only', 'is read-only', path, service);
  }
}

const words: Readonly<Record<StoreProblem['kind'], string>> = {
  damaged: 'is damaged',
  empty: 'is empty',
  newer: 'is too new',
  unreadable: 'cannot be read',
  'read-only': 'cannot be written',
  full: 'cannot be written, because the disk is full',
  failed: 'cannot be used',
};

/**
 * The problem that an error of SQLite stands for; `undefined` for an error that says nothing about the file, such as a
 * lock of another process.
 */
export function problemOfError(error: unknown, path: string, service: string): StoreProblem | undefined {
  if (error instanceof MemorydError) return undefined;
  const code = (error as { errcode?: number } | null)?.errcode;
  const kind = code === undefined ? undefined : kinds[code & 0xff];
  return kind === undefined ? undefined : problem(kind, `${words[kind]}: ${messageOf(error)}`, path, service);
}

/** With less free space than this, a write is likely to fail. */
export const leastFreeBytes = 16 * 1024 * 1024;

/** The problem of a disk that is nearly full; `undefined` while the directory does not exist. */
export function problemOfSpace(directory: string): StoreProblem | undefined {
  try {
    const free = freeBytes(directory);
    return free >= leastFreeBytes
      ? undefined
      : problem('full', `is on a disk with only ${free} bytes left`, directory, '');
  } catch {
    // The store itself tells what is wrong with its directory.
    return undefined;
  }
}
