import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MemorydError } from '../errors.ts';

const chunkBytes = 1024 * 1024;
const longestLine = 64 * 1024 * 1024;
const lineEnd = 0x0a;

/** Is told how many bytes of how many are read. */
export type ReadProgress = (read: number, size: number) => void;

/**
 * Reads a file line by line, without the line ends, so that a file of any size needs little memory. Only `\n` ends a
 * line: JSON may contain the other line ends of Unicode. Throws errors of the system, and `failed` for a line of more
 * than 64 MiB.
 */
export function* linesOf(path: string, progress?: ReadProgress): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const chunk = Buffer.alloc(chunkBytes);
    let begun: Buffer[] = [];
    let pending = 0;
    let read = 0;
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      let from = 0;
      for (let end = chunk.indexOf(lineEnd); end >= 0 && end < bytes; end = chunk.indexOf(lineEnd, from)) {
        yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString('utf8');
        [begun, pending, from] = [[], 0, end + 1];
      }
      begun.push(Buffer.from(chunk.subarray(from, bytes)));
      pending += bytes - from;
      if (pending > longestLine) throw new MemorydError('failed', `${path} has a line of more than 64 MiB`);
      read += bytes;
      progress?.(read, size);
    }
    if (pending > 0) yield Buffer.concat(begun).toString('utf8');
  } finally {
    closeSync(file);
  }
}
