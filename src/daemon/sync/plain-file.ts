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

// Nothing here follows a link, so that one planted in a project's directory leads nowhere.
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

/** Makes what was renamed in a directory last through a power cut. Windows cannot open directories and does not need it. */
export async function flushDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const opened = openSync(directory, constants.O_RDONLY);
  try {
    await flush(opened);
  } finally {
    closeSync(opened);
  }
}

/** A name that nobody has, and that `sweep` knows. */
function temporaryIn(directory: string): string {
  return join(directory, `.sync-${randomHex(8)}.tmp`);
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
  await replaceFile(atOnce, temporaryIn(directory), join(directory, name), async (file) => {
    writeFileSync(file, bytes);
    futimesSync(file, mtime, mtime);
    await flush(file);
  });
  await flushDirectory(directory);
}

/** The same without waiting for the disk: of a power cut it may come out as it was before, empty or gone. */
export async function replaceLightly(directory: string, name: string, text: string): Promise<void> {
  await replaceFile(atOnce, temporaryIn(directory), join(directory, name), (file) =>
    writeFileSync(file, text),
  );
}

/** Removes what a killed process left half-written. Only for whoever alone writes in this directory. */
export function sweep(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (temporary.test(name)) removeFile(join(directory, name));
  }
}
