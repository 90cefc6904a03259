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
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { waitFor } from './wait.ts';

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

/** What Windows says of replacing a file that somebody has open. */
const held: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY'];
const heldMs = 2000;

/** Readers and virus scanners soon let go of a file. Elsewhere these errors are final. */
async function untilLetGo(replace: () => Promise<void>): Promise<void> {
  let last: unknown;
  const done = await waitFor(
    async () => {
      try {
        await replace();
        return true;
      } catch (error) {
        if (process.platform !== 'win32' || !held.includes(codeOf(error))) throw error;
        last = error;
        return false;
      }
    },
    heldMs,
    50,
  );
  if (!done) throw last;
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
    const { default: writeFileAtomic } = await import('write-file-atomic');
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const data = typeof content === 'string' ? content : Buffer.from(content);
    await untilLetGo(() => writeFileAtomic(path, data, { mode, fsync: lasting }));
  },

  async makeDirectory(path, mode = 0o700) {
    mkdirSync(path, { recursive: true, mode });
  },

  async remove(path) {
    try {
      unlinkSync(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  },

  async removeTree(path) {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  },
};
