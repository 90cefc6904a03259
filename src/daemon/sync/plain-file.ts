import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { randomHex } from '../../system/random.ts';
import { removeFile } from '../../system/remove-file.ts';
import { atOnce, flush, replaceFile } from '../../system/replace-file.ts';

// Nothing here follows a link, so a link in a project's directory has no effect. Only calls that wait for the disk run
// in Node's thread pool. Other calls take less time than handing them over, and in the pool they would wait behind the
// flushes of other uploads.

const temporary = /^\.sync-[0-9a-f]{16}\.tmp$/;

// Windows has neither flag. Without O_NONBLOCK, opening a FIFO would wait for its writer.
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Gives the status of a regular file, or `undefined` when there is no file or something else. Throws the errors of the
 * system.
 */
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

/** Gives the content of a regular file and its modification time, or `undefined` as plainStats does. */
export function readPlain(path: string): { bytes: Buffer; mtime: Date } | undefined {
  if (plainStats(path) === undefined) return undefined;
  try {
    return readOpen(openSync(path, readOnly));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/**
 * Flushes a directory, so that a renamed file survives a power cut. Windows cannot open directories and does not need
 * this.
 */
export async function flushDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const opened = openSync(directory, constants.O_RDONLY);
  try {
    await flush(opened);
  } finally {
    closeSync(opened);
  }
}

/** A new temporary name, in the form that `sweep` removes. */
function temporaryIn(directory: string): string {
  return join(directory, `.sync-${randomHex(8)}.tmp`);
}

/**
 * Writes a file atomically with mode 0600. It is on disk when this resolves. A link at the path is replaced, not
 * followed. `mtime`, if given, is set before the file appears, so that no reader sees another time. Throws the errors
 * of the system (ENOSPC …).
 */
export async function replacePlain(
  directory: string,
  name: string,
  bytes: Uint8Array,
  mtime?: Date,
): Promise<void> {
  await replaceFile(atOnce, temporaryIn(directory), join(directory, name), async (file) => {
    writeFileSync(file, bytes);
    if (mtime !== undefined) futimesSync(file, mtime, mtime);
    await flush(file);
  });
  await flushDirectory(directory);
}

/**
 * Writes a file atomically without flushing it: after a power cut it may have its old content, be empty or be missing.
 */
export async function replaceLightly(directory: string, name: string, text: string): Promise<void> {
  await replaceFile(atOnce, temporaryIn(directory), join(directory, name), (file) =>
    writeFileSync(file, text),
  );
}

/**
 * Removes files that a killed process left incomplete. The caller must be the only one that writes in this directory.
 */
export function sweep(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (temporary.test(name)) removeFile(join(directory, name));
  }
}
