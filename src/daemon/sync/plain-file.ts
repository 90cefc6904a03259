import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf } from '../../errors.ts';

// Nothing here follows a link, so that one planted in a project's directory leads nowhere:
// write-file-atomic would write through it.
// Only what waits for the disk is handed to Node's threads. What does not takes less time than to hand it over, and
// would wait there behind the flushes of everybody's uploads.

const temporary = /^\.sync-[0-9a-f]{16}\.tmp$/;

// Windows has neither flag; opening a FIFO without O_NONBLOCK would wait for its other end.
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A regular file's status, or undefined when nothing or something else lies there. Throws what the system refuses. */
export function plainStats(path: string): Stats | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? stats : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function readOpen(handle: number): { bytes: Buffer; mtime: Date } | undefined {
  try {
    const stats = fstatSync(handle);
    return stats.isFile() ? { bytes: readFileSync(handle), mtime: stats.mtime } : undefined;
  } finally {
    closeSync(handle);
  }
}

/** A regular file's bytes with the time that belongs to them, or undefined as above. */
export function readPlain(path: string): { bytes: Buffer; mtime: Date } | undefined {
  if (plainStats(path) === undefined) return undefined;
  try {
    return readOpen(openSync(path, readOnly));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** A scanner that has the target open makes rename fail on Windows for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return renameSync(from, to);
    } catch (error) {
      const passing =
        process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '');
      if (!passing || attempt === 10) throw error;
      await delay(attempt * 10);
    }
  }
}

const flush = promisify(fsync);

/** Opens a file for as long as `use` takes. */
async function withFile<T>(
  path: string,
  flags: string | number,
  use: (file: number) => T | Promise<T>,
): Promise<T> {
  const file = openSync(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    closeSync(file);
  }
}

/** Makes what was renamed in a directory last through a power cut. Windows cannot open directories and does not need it. */
export async function flushDirectory(directory: string): Promise<void> {
  if (process.platform !== 'win32') await withFile(directory, constants.O_RDONLY, flush);
}

/** Writes a new file beside the one of that name, then puts it in its place: no reader sees anything between. */
async function replace(directory: string, name: string, write: (path: string) => unknown): Promise<void> {
  const path = join(directory, `.sync-${randomBytes(8).toString('hex')}.tmp`);
  try {
    await write(path);
    await renameOver(path, join(directory, name));
  } catch (error) {
    removePlain(path);
    throw error;
  }
}

/**
 * Puts a file in place whole or not at all, 0600, on disk when it resolves; replaces a link instead of following it.
 * `mtime` is set before the file shows, so that no reader sees another. Throws what the system refuses (ENOSPC …).
 */
export async function replacePlain(
  directory: string,
  name: string,
  bytes: Uint8Array,
  mtime: Date,
): Promise<void> {
  await replace(directory, name, (path) =>
    withFile(path, 'wx', async (file) => {
      writeFileSync(file, bytes);
      futimesSync(file, mtime, mtime);
      await flush(file);
    }),
  );
  await flushDirectory(directory);
}

/** The same without waiting for the disk: of a power cut it may come out as it was before, empty or gone. */
export async function replaceLightly(directory: string, name: string, text: string): Promise<void> {
  await replace(directory, name, (path) => writeFileSync(path, text, { flag: 'wx', mode: 0o600 }));
}

/** Removes a file or link; already absent is fine. */
export function removePlain(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Removes what a killed process left half-written. Only for whoever alone writes in this directory. */
export function sweep(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (temporary.test(name)) removePlain(join(directory, name));
  }
}
