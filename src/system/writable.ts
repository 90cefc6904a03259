import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';

/**
 * Why this user cannot create something in a directory; `undefined` if it can. Of a directory that does not exist, the
 * nearest one above it counts.
 */
export async function notWritable(directory: string): Promise<string | undefined> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const parent = dirname(directory);
    if (codeOf(error) !== 'ENOENT' || parent === directory) return messageOf(error);
    return notWritable(parent);
  }
}
