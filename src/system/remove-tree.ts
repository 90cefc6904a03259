import { renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { codeOf } from '../errors.ts';

const retries = { recursive: true, force: true, maxRetries: 3 } as const;

/** Whether `path` is below `directory`. */
const isWithin = (directory: string, path: string): boolean => {
  const inside = relative(directory, path);
  return inside !== '' && !inside.startsWith('..') && inside !== path;
};

/**
 * Removes a directory and everything in it. It is no error if it does not exist. Windows does not delete a program that
 * runs, but lets it be renamed: if this process runs from the tree, its program is moved to the temporary directory
 * first (N03).
 */
export function removeTree(path: string): void {
  if (process.platform === 'win32' && isWithin(path, process.execPath)) {
    renameSync(process.execPath, join(tmpdir(), `memoryd-${process.pid}.exe`));
  }
  rmSync(path, retries);
}

const asideSuffix = '.removed';
const inUse = ['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY', 'EEXIST'];

/**
 * Removes a directory, unless a program that runs is in it (Windows). It is renamed first, so that half of it is never
 * taken for the whole. Returns whether it is gone.
 */
export function removeUnlessUsed(path: string): boolean {
  const aside = path.endsWith(asideSuffix) ? path : `${path}${asideSuffix}`;
  try {
    if (aside !== path) renameSync(path, aside);
    removeTree(aside);
    return true;
  } catch (error) {
    if (!inUse.includes(codeOf(error) ?? '')) throw error;
    return false;
  }
}
