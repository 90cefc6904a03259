import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf, MemorydError, messageOf } from '../../errors.ts';
import { shellLine } from '../../service/shell-line.ts';
import { packedSuffix } from './names.ts';

const newline = 0x0a;
const nothing = Buffer.alloc(0);

/** `undefined` if the file does not exist. */
async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The content of a file from an offset, and that offset: 0 if the file was truncated meanwhile. */
async function bytesFrom(path: string, offset: number): Promise<{ bytes: Buffer; from: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = size < offset ? 0 : offset;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return { bytes: buffer.subarray(0, bytesRead), from };
  } finally {
    await file.close();
  }
}

async function unpacked(path: string): Promise<Buffer> {
  const packed = await readFile(path);
  const { gunzip } = await import('node:zlib');
  try {
    return await promisify(gunzip)(packed);
  } catch (error) {
    throw new MemorydError('failed', `cannot read ${path}: ${messageOf(error)}`, {
      hint: shellLine(['gzip', '-t', path]),
    });
  }
}

async function bytesOf(path: string, offset: number): Promise<{ bytes: Buffer; from: number }> {
  const isPacked = path.endsWith(packedSuffix);
  const plain = isPacked ? undefined : await unlessAbsent(bytesFrom(path, offset));
  if (plain !== undefined) return plain;
  // The file may have been compressed since it was listed.
  const whole = await unlessAbsent(unpacked(isPacked ? path : `${path}${packedSuffix}`));
  return { bytes: whole?.subarray(offset) ?? nothing, from: offset };
}

/**
 * The complete lines of a log file, compressed or not, from `offset` bytes of its text on, and the offset of the next
 * line. A last line without a line end is omitted. For a missing file there are no lines.
 */
export async function readLines(path: string, offset: number): Promise<{ lines: string[]; next: number }> {
  const { bytes, from } = await bytesOf(path, offset);
  const end = bytes.lastIndexOf(newline) + 1;
  const text = bytes.toString('utf8', 0, end);
  return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), next: from + end };
}
