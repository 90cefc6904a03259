import { closeSync, fsync, openSync, renameSync } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';
import { removeFile } from './remove-file.ts';
import { waitFor } from './wait.ts';

/** Waits until what was written to an open file is on disk. Only this is handed to Node's threads. */
export const flush = promisify(fsync);

/** What Windows says of replacing a file that somebody has open. */
const held: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY'];
const heldMs = 2000;

/** Readers and virus scanners soon let go of a file. Elsewhere these errors are final. */
async function renameOver(from: string, to: string): Promise<void> {
  let last: unknown;
  const done = await waitFor(
    () => {
      try {
        renameSync(from, to);
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
  temporary: string,
  path: string,
  fill: (file: number) => void | Promise<void>,
): Promise<void> {
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      await fill(file);
    } finally {
      closeSync(file);
    }
    await renameOver(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}
