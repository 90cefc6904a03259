import { join, sep } from 'node:path';

/**
 * File names are bytes on Unix and need not be UTF-8. So every name inside a tree is a string with one character per
 * byte. On Windows names are UTF-16 and stay unchanged.
 */
export const nameEncoding: BufferEncoding = process.platform === 'win32' ? 'utf8' : 'latin1';

/** Gives the path of `name` below `root` in the form that system calls take. */
export function pathIn(root: string, name: string): Buffer | string {
  if (process.platform === 'win32') return join(root, name);
  const below = name === '' ? '' : `${sep}${name}`;
  return Buffer.concat([Buffer.from(root), Buffer.from(below, nameEncoding)]);
}

/** Gives a name for messages: invalid UTF-8 becomes U+FFFD, and control characters are escaped. */
export function shownName(name: string): string {
  const text = Buffer.from(name, nameEncoding).toString('utf8');
  return /[\u0000-\u001f\u007f\ufffd]/.test(text) ? JSON.stringify(text) : text;
}
