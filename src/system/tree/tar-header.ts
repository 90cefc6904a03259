import { MemorydError } from '../../errors.ts';

/** The fields of a header, a block of 512 bytes before an entry. Names have one character per byte. */
export interface TarHeader {
  /**
   * `0` a file, `1` a hard link, `2` a link, `3` and `4` devices, `5` a directory, `6` a pipe; `x`, `g`, `L` and `K`
   * are extended headers.
   */
  type: string;
  name: string;
  link: string;
  mode: number;
  size: number;
  /** Nanoseconds since the epoch. */
  mtime: bigint;
}

export const blockBytes = 512;

function textAt(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('latin1');
}

/** A number as octal digits, or in binary when the highest bit is set, for sizes beyond 8 GB. */
function numberAt(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) return block.readUIntBE(at + length - 6, 6);
  return Number.parseInt(textAt(block, at, length).trim() || '0', 8);
}

function checksum(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

/**
 * Reads a header of any tar format (pure). Gives `undefined` for a block of zeros, which ends an archive. Throws
 * `failed` when the block is not a header.
 */
export function readHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const magic = textAt(block, 257, 6);
  if (!magic.startsWith('ustar') || numberAt(block, 148, 8) !== checksum(block))
    throw new MemorydError('failed', 'what is sent is no archive');
  // Only the POSIX format has a prefix there. GNU's magic is `ustar ` with a space.
  const prefix = magic === 'ustar' ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    type: textAt(block, 156, 1) || '0',
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: textAt(block, 157, 100),
    mode: numberAt(block, 100, 8) & 0o777,
    size: numberAt(block, 124, 12),
    mtime: BigInt(numberAt(block, 136, 12)) * 1_000_000_000n,
  };
}

/** Reads the records `LENGTH KEY=VALUE\n` of an extended header (pure). pax(1) */
export function readPax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.subarray(at, space).toString('latin1'));
    const text = bytes.subarray(space + 1, at + length - 1).toString('latin1');
    const equals = text.indexOf('=');
    if (!(length > 0) || equals < 1) throw new MemorydError('failed', 'what is sent is no archive');
    records.set(text.slice(0, equals), text.slice(equals + 1));
    at += length;
  }
  return records;
}

/** Converts seconds such as `1600000000.123456789` to nanoseconds. */
function nanoseconds(text: string): bigint {
  const [, whole = '0', part = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return BigInt(whole) * 1_000_000_000n + BigInt(part.slice(0, 9).padEnd(9, '0'));
}

/** Gives a header with the fields that an extended header overrides (pure). */
export function extended(header: TarHeader, pax: ReadonlyMap<string, string>): TarHeader {
  const [size, mtime] = [pax.get('size'), pax.get('mtime')];
  return {
    ...header,
    name: pax.get('path') ?? header.name,
    link: pax.get('linkpath') ?? header.link,
    size: size === undefined ? header.size : Number(size),
    mtime: mtime === undefined ? header.mtime : nanoseconds(mtime),
  };
}
