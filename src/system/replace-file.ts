import { close, closeSync, fsync, open, openSync, rename, renameSync } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';
import { removeFile } from './remove-file.ts';
import { waitFor } from './wait.ts';

/** Waits until what was written to an open file is on disk. */
export const flush = promisify(fsync);

/** How the disk is asked for what may take its time. */
export interface Asking {
  open(path: string): number | Promise<number>;
  close(file: number): void | Promise<void>;
  rename(from: string, to: string): void | Promise<void>;
}

/** By Node's threads: while a journal is being committed, whoever makes or renames a file waits for that. */
export const aside: Asking = {
  open: (path) => promisify(open)(path, 'wx', 0o600),
  close: promisify(close),
  rename: promisify(rename),
};

/** At once: those threads may all be busy with what others wrote. */
export const atOnce: Asking = {
  open: (path) => openSync(path, 'wx', 0o600),
  close: closeSync,
  rename: renameSync,
};

/** What Windows says of replacing a file that somebody has open. */
const held: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY'];
const heldMs = 2000;

/** Readers and virus scanners soon let go of a file. Elsewhere these errors are final. */
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
 * Puts a file in place whole or not at all: `fill` writes `temporary`, a name beside it that nobody has, 0600, which then
 * takes the name `path`; a link there is replaced, not followed. Throws what the system refuses (ENOSPC …), and leaves nothing.
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
