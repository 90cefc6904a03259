import { close, closeSync, fsync, open, openSync, rename, renameSync } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';
import { removeFile } from './remove-file.ts';
import { waitFor } from './wait.ts';

/** Waits until what was written to an open file is on disk. */
export const flush = promisify(fsync);

/** The calls that may wait for the disk. */
export interface Asking {
  open(path: string): number | Promise<number>;
  close(file: number): void | Promise<void>;
  rename(from: string, to: string): void | Promise<void>;
}

/**
 * In the thread pool of Node: while the file system commits its journal, creating and renaming a file waits for it.
 */
export const aside: Asking = {
  open: (path) => promisify(open)(path, 'wx', 0o600),
  close: promisify(close),
  rename: promisify(rename),
};

/** Synchronous, because the thread pool may be busy with writes of others. */
export const atOnce: Asking = {
  open: (path) => openSync(path, 'wx', 0o600),
  close: closeSync,
  rename: renameSync,
};

/** The errors of Windows for replacing a file that another process has open. */
const held: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY'];
const heldMs = 2000;

/** Retries, because readers and virus scanners soon close the file. On other systems these errors are final. */
async function renameOver(rename: Asking['rename'], from: string, to: string): Promise<void> {
  let last: unknown;
  const done = await waitFor(
    async () => {
      try {
        await rename(from, to);
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

/**
 * Replaces a file atomically. `fill` writes `temporary`, a new file beside it with mode 0600, which is then renamed to
 * `path`. A link at `path` is replaced and not followed. Throws errors of the system (ENOSPC …) and leaves nothing
 * behind.
 */
export async function replaceFile(
  asking: Asking,
  temporary: string,
  path: string,
  fill: (file: number) => void | Promise<void>,
): Promise<void> {
  const file = await asking.open(temporary);
  try {
    try {
      await fill(file);
    } finally {
      await asking.close(file);
    }
    await renameOver(asking.rename, temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}
