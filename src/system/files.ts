import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  type Stats,
  utimesSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { makeDirectory } from './make-directory.ts';
import { removeFile } from './remove-file.ts';
import { removeTree } from './remove-tree.ts';

/** Absent and unreadable are different answers. */
export type ReadResult =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'content'; bytes: Buffer; text: string };

/** What is at a path. Links are not followed. */
export type Inspection =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'link'; target: string; stats: Stats }
  | { kind: 'file' | 'directory' | 'other'; stats: Stats };

/**
 * Access to the disk. Reads are synchronous, because the files are small and local: using the thread pool of Node
 * takes longer than the read itself, and `status` reads two dozen files.
 */
export interface Files {
  read(path: string): Promise<ReadResult>;
  inspect(path: string): Promise<Inspection>;
  /** The names in a directory, sorted; empty if it does not exist. */
  list(path: string): Promise<string[]>;
  /**
   * Writes atomically. The content is on disk when the promise resolves, unless `lasting` is false (for files that
   * need not survive a crash). Missing parent directories are created with mode 0700.
   */
  write(path: string, content: string | Uint8Array, mode: number, lasting?: boolean): Promise<void>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Renames a file or a tree within a file system. A file at the new path is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Sets the times of a file, so that a cleaner takes it for used. */
  touch(path: string, at: Date): Promise<void>;
  /** Removes one file or link. It is no error if it does not exist. */
  remove(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
}

function absentOr<T>(error: unknown, otherwise: (why: string) => T): T | { kind: 'absent' } {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'absent' } : otherwise(messageOf(error));
}

/** Without it, opening a pipe in place of a file would block until a writer opens it. open(2) */
const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

function readWhole(path: string): Buffer {
  const file = openSync(path, withoutWaiting);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

export const systemFiles: Files = {
  async read(path) {
    try {
      const bytes = readWhole(path);
      return { kind: 'content', bytes, text: bytes.toString('utf8') };
    } catch (error) {
      return absentOr(error, (why) => ({ kind: 'unreadable', why }));
    }
  },

  async inspect(path) {
    try {
      // Missing files are common here, and creating an error costs more than the check.
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined) return { kind: 'absent' };
      if (stats.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path), stats };
      return { kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other', stats };
    } catch (error) {
      return absentOr(error, (why) => ({ kind: 'unreadable', why }));
    }
  },

  async list(path) {
    try {
      return readdirSync(path).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },

  async write(path, content, mode, lasting = true) {
    const { writeWhole } = await import('./write-whole.ts');
    makeDirectory(dirname(path), 0o700);
    await writeWhole(path, content, mode, lasting);
  },

  async makeDirectory(path, mode = 0o700) {
    makeDirectory(path, mode);
  },

  async rename(from, to) {
    renameSync(from, to);
  },

  async touch(path, at) {
    utimesSync(path, at, at);
  },

  async remove(path) {
    removeFile(path);
  },

  async removeTree(path) {
    removeTree(path);
  },
};
