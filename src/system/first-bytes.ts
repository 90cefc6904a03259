import { closeSync, openSync, readSync } from 'node:fs';

/** The first bytes of a file, to tell what it is without reading all of it. Throws the errors of the system. */
export function firstBytes(path: string, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const file = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, count, 0));
  } finally {
    closeSync(file);
  }
}
