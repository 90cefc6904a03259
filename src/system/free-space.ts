import { statfsSync } from 'node:fs';

/** Gives the bytes that this user may still write to the file system of a directory. Throws errors of the system. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
