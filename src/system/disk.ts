import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';

/** Gives the bytes that this user may still write to the file system of a directory. Throws errors of the system. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** Gives a path, or its nearest parent that exists: what is created at the path will be on the same disk. */
export function nearestExisting(path: string): string {
  try {
    statSync(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestExisting(dirname(path));
  }
}

/** Throws the error of the system when this user may not create files in a directory. */
export function requireWritable(directory: string): void {
  accessSync(directory, constants.W_OK | constants.X_OK);
}
