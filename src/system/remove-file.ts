import { unlinkSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** Removes a file or link; already absent is fine. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
