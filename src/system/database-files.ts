import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../errors.ts';
import { removeFile } from './remove-file.ts';

const suffixes = ['', '-wal', '-shm'];

/** Makes a directory that only this user can open, unless it exists. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Creates an empty file that only this user can read, in the place of an earlier one. */
export function createPrivateFile(path: string): void {
  removeDatabase(path);
  closeSync(openSync(path, 'wx', 0o600));
}

/** Removes a database with its log. It is no error if it does not exist. */
export function removeDatabase(path: string): void {
  for (const suffix of suffixes) removeFile(`${path}${suffix}`);
}

function flush(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives a complete database its name, in the place of what has it. It survives a power cut when this returns. */
export function publishDatabase(temporary: string, path: string): void {
  flush(temporary, 'r+');
  renameSync(temporary, path);
  // Windows cannot open directories, and does not need this.
  if (process.platform !== 'win32') flush(dirname(path), 'r');
}

/**
 * Gives a database and its log another name, and leaves the database under its own name, too, until it is replaced. The
 * log must not stay: SQLite would apply it to the next database of that name.
 */
export function keepDatabase(path: string, kept: string): void {
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${kept}${suffix}`);
  }
  try {
    linkSync(path, kept);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    // A file system without hard links.
    renameSync(path, kept);
  }
}

/** A file in a directory, with the time when it was written. */
export interface DatedFile {
  path: string;
  /** Milliseconds since 1970. */
  writtenAt: number;
}

/** The files of a directory whose names begin so and end with `.db`, oldest name first. Empty if there is none. */
export function databasesIn(directory: string, prefix: string): DatedFile[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.db'))
    .sort()
    .map((name) => join(directory, basename(name)))
    .map((path) => ({ path, writtenAt: statSync(path).mtimeMs }));
}

/** When a database or its log was last written, in milliseconds since 1970; `undefined` if it does not exist. */
export function lastWritten(path: string): number | undefined {
  const times = [path, `${path}-wal`].flatMap(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? [],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
