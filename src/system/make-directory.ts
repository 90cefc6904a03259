import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';

/**
 * Creates a directory and its missing parents. Throws the error of the system, with the path it is about.
 */
export function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    // With `recursive`, Node reports ENOENT for a read-only file system (EROFS), so the parents are made one by one.
    if (codeOf(error) !== 'ENOENT') throw error;
    makeOneByOne(path, mode);
  }
}

function makeOneByOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeOneByOne(dirname(path), mode);
    mkdirSync(path, { mode });
  }
}
