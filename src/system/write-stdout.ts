import { writeSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/**
 * Writes to standard output synchronously, because creating the stream of Node takes longer than the rest of `status`.
 * A Windows console needs the stream to show Unicode. Returns whether everything is written.
 */
export function writeStdout(text: string): boolean {
  if (process.platform === 'win32') {
    process.stdout.write(text);
    return false;
  }
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written);
    return true;
  } catch (error) {
    // A full pipe in non-blocking mode: the stream can wait for it.
    if (codeOf(error) !== 'EAGAIN') throw error;
    process.stdout.write(bytes.subarray(written));
    return false;
  }
}
