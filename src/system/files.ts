import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { removeFile } from './remove-file.ts';

/** Absent and unreadable are different answers. */
export type ReadResult =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'content'; bytes: Buffer; text: string };

/** What lies at a path, links not followed. */
export type Inspection =
  | { kind: 'absent' }
  | { kind: 'unreadable'; why: string }
  | { kind: 'link'; target: string; stats: Stats }
  | { kind: 'file' | 'directory' | 'other'; stats: Stats };

/**
 * What is asked of the disk. The files are small and local: to wait for them in place takes less time than to hand them
 * to Node's thread pool and back, and `status` asks for two dozen.
 */
export interface Files {
  read(path: string): Promise<ReadResult>;
  inspect(path: string): Promise<Inspection>;
  /** Names in a directory, sorted; none when it is absent. */
  list(path: string): Promise<string[]>;
  /**
   * Whole or not at all, on disk when it resolves unless `lasting` is false: for what nobody looks for after a crash.
   * Missing parents are made 0700.
   */
  write(path: string, content: string | Uint8Array, mode: number, lasting?: boolean): Promise<void>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** One file or link; already absent is fine. */
  remove(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
}

function absentOr<T>(error: unknown, otherwise: (why: string) => T): T | { kind: 'absent' } {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'absent' } : otherwise(messageOf(error));
}

/** A pipe that somebody put in a file's place would keep us waiting for its writer for ever. open(2) */
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
      // What is not there is asked for all the time: an error costs more than the question.
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
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await writeWhole(path, content, mode, lasting);
  },

  async makeDirectory(path, mode = 0o700) {
    try {
      mkdirSync(path, { recursive: true, mode });
    } catch (error) {
      // With `recursive`, Node calls it ENOENT that a file system is read-only.
      if (codeOf(error) !== 'ENOENT') throw error;
      mkdirSync(path, { mode });
    }
  },

  async remove(path) {
    removeFile(path);
  },

  async removeTree(path) {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  },
};
