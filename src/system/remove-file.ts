import { unlinkSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** Removes a file or link. It is no error if it does not exist. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
