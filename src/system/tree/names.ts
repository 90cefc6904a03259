import { join, sep } from 'node:path';

/**
 * File names are bytes on Unix, and need not be UTF-8: inside a tree every name is a string of one character per byte.
 * On Windows they are UTF-16 and stay what they are.
 */
export const nameEncoding: BufferEncoding = process.platform === 'win32' ? 'utf8' : 'latin1';

/** The path of `name`, a path inside a tree, below `root`, as the system calls take it. */
export function pathIn(root: string, name: string): Buffer | string {
  if (process.platform === 'win32') return join(root, name);
  const below = name === '' ? '' : `${sep}${name}`;
  return Buffer.concat([Buffer.from(root), Buffer.from(below, nameEncoding)]);
}

/** A name for people; what is not UTF-8 in it becomes U+FFFD, control characters are spelled. */
export function shownName(name: string): string {
  const text = Buffer.from(name, nameEncoding).toString('utf8');
  return /[\u0000-\u001f\u007f\ufffd]/.test(text) ? JSON.stringify(text) : text;
}
