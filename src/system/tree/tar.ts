import { createHash } from 'node:crypto';
import { MemorydError } from '../../errors.ts';
import { linkRecord, refuse } from './read.ts';
import { chunkBytes, type TreeRecord } from './record.ts';
import { Taker } from './taker.ts';
import { blockBytes, extended, readHeader, readPax, type TarHeader } from './tar-header.ts';

/**
 * The line that a script writes after the archive when tar exits with 0. sh does not give the exit code of the first
 * command of a pipe.
 */
export const seal = 'memoryd: complete';

/** The limit for names and extended headers, so that a sender cannot make us allocate gigabytes. */
const longestHeader = 1 << 20;

const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

const zeros = Buffer.alloc(chunkBytes);

/** The path inside the tree. tar names the tree itself `./`. */
const inside = (name: string): string => name.replace(/^\.(\/+|$)/, '').replace(/\/+$/, '');

async function* contentOf(taker: Taker, size: number): AsyncGenerator<TreeRecord> {
  const hash = createHash('sha256');
  for (let left = size; left > 0; ) {
    const bytes = await taker.take(Math.min(chunkBytes, left));
    left -= bytes.length;
    hash.update(bytes);
    const empty = bytes.length === chunkBytes && bytes.equals(zeros);
    yield empty ? { kind: 'hole', length: bytes.length } : { kind: 'data', bytes };
  }
  await taker.take(padded(size) - size);
  yield { kind: 'end', sha256: hash.digest('hex') };
}

async function textOf(taker: Taker, { size }: TarHeader): Promise<Buffer> {
  if (size > longestHeader) throw new MemorydError('failed', 'what is sent is no archive');
  return (await taker.take(padded(size))).subarray(0, size);
}

/** The next header with its extended headers applied. Gives `undefined` at the end of the archive. */
async function nextHeader(taker: Taker): Promise<TarHeader | undefined> {
  const pax = new Map<string, string>();
  for (;;) {
    const header = readHeader(await taker.take(blockBytes));
    if (header === undefined) return undefined;
    if (header.type === 'x')
      for (const [key, value] of readPax(await textOf(taker, header))) pax.set(key, value);
    else if (header.type === 'g') await textOf(taker, header);
    else if (header.type === 'L' || header.type === 'K') {
      const text = (await textOf(taker, header)).toString('latin1').replace(/\0+$/, '');
      pax.set(header.type === 'L' ? 'path' : 'linkpath', text);
    } else {
      if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse')))
        throw new MemorydError('failed', 'what is sent has holes that memoryd does not read');
      return extended(header, pax);
    }
  }
}

async function* recordsOf(root: string, header: TarHeader, taker: Taker): AsyncGenerator<TreeRecord> {
  const { mode, size, mtime } = header;
  const name = inside(header.name);
  switch (header.type) {
    case '0':
      yield { kind: 'file', name, mode, mtime: String(mtime), size };
      return yield* contentOf(taker, size);
    case '5':
      return yield { kind: 'directory', name, mtime: String(mtime) };
    case '2':
      return yield linkRecord(root, name, header.link);
    case '6':
      return yield { kind: 'skipped', name };
    case '1':
      throw refuse(root, name, `is a second name of ${inside(header.link)}`);
    case '3':
    case '4':
      throw refuse(root, name, 'is a device');
    default:
      throw refuse(root, name, `is an entry of the type "${header.type}"`);
  }
}

/**
 * Reads an archive of the tree at `root`. The sender is not trusted: writeTree checks the names, and this function
 * refuses the same entries as readTree.
 * Throws `failed` when the archive ends early, and, with `sealed`, when the seal does not follow it.
 */
export async function* decodeTar(
  stream: AsyncIterable<Uint8Array>,
  root: string,
  sealed: boolean,
): AsyncGenerator<TreeRecord> {
  const taker = new Taker(stream);
  let files = 0;
  let bytes = 0;
  for (;;) {
    const header = await nextHeader(taker);
    if (header === undefined) break;
    yield* recordsOf(root, header, taker);
    if (header.type !== '0') continue;
    files += 1;
    bytes += header.size;
  }
  const end = await taker.tail(seal.length + 1);
  if (sealed && end.toString('latin1') !== `${seal}\n`)
    throw new MemorydError('failed', `cannot copy ${root}: who reads it did not come to its end`);
  yield { kind: 'done', files, bytes };
}
