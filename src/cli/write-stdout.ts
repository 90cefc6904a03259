import { writeSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/**
 * Writes to standard output in place: Node's stream takes longer to make than `status` takes to say what it has to.
 * A Windows console needs the stream all the same, to be written to in Unicode. Gives whether all of it is out.
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
    // A full pipe that somebody made non-blocking: the stream can wait.
    if (codeOf(error) !== 'EAGAIN') throw error;
    process.stdout.write(bytes.subarray(written));
    return false;
  }
}
