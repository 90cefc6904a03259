import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, readSync } from 'node:fs';
import { isAbsolute, posix, resolve } from 'node:path';
import { MemorydError, messageOf } from '../../errors.ts';
import { openFile } from './handle.ts';
import { isBorrowed, staysInside, type TreeEntry, walkTree } from './inspect.ts';
import { nameEncoding, shownName } from './names.ts';
import { chunkBytes, type TreeRecord } from './record.ts';
import { eventLoopTurns } from './turn.ts';

const zeros = Buffer.alloc(chunkBytes);

const permissions = (stats: BigIntStats): number => Number(stats.mode & 0o777n);

/** Gives the error for an entry that cannot be copied. */
export function refuse(root: string, name: string, why: string, cause?: unknown): MemorydError {
  const where = shownName(name);
  return new MemorydError(
    'failed',
    `cannot copy ${root}: ${where} ${why}`,
    cause === undefined ? {} : { cause },
  );
}

/**
 * Gives the record of a link in the tree at `root`. An absolute path into the tree becomes relative, so that the link
 * in the copy points into the copy.
 * Throws `failed` for a link that leads out of the tree.
 */
export function linkRecord(root: string, name: string, target: string): TreeRecord {
  if (!staysInside(root, name, target)) throw refuse(root, name, `leads out of it, to ${shownName(target)}`);
  return { kind: 'link', name, target: portableTarget(root, name, target) };
}

function portableTarget(root: string, name: string, target: string): string {
  if (!isAbsolute(target)) return target;
  const base = Buffer.from(resolve(root)).toString(nameEncoding);
  return posix.relative(posix.join(base, posix.dirname(name)), target) || '.';
}

const sameFile = (a: BigIntStats, b: BigIntStats): boolean =>
  a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;

async function* contentOf(file: number, size: number): AsyncGenerator<TreeRecord, number> {
  const hash = createHash('sha256');
  const turn = eventLoopTurns();
  // A large buffer for each of thousands of small files would be expensive.
  const length = Math.min(chunkBytes, size + 1);
  let total = 0;
  // A buffer that was passed on belongs to its receiver. A buffer with only zeros is not passed on and can be used
  // again.
  let chunk = Buffer.allocUnsafe(length);
  for (;;) {
    await turn();
    const bytesRead = readSync(file, chunk, 0, length, total);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    total += bytesRead;
    hash.update(bytes);
    const empty = bytesRead === chunkBytes && bytes.equals(zeros);
    yield empty ? { kind: 'hole', length: bytesRead } : { kind: 'data', bytes };
    if (!empty) chunk = Buffer.allocUnsafe(length);
  }
  yield { kind: 'end', sha256: hash.digest('hex') };
  return total;
}

type TreeFile = Extract<TreeEntry, { at: unknown }>;

/** Checks on the open file, not by its name, that it is the file that was found and may be read. */
function checkFile(root: string, { name, stats }: TreeFile, now: BigIntStats, owner: bigint): void {
  if (!now.isFile() || now.ino !== stats.ino || now.dev !== stats.dev)
    throw refuse(root, name, 'was replaced while it was read');
  if (isBorrowed(now, owner)) throw refuse(root, name, "is another account's file under a second name");
}

async function* fileAt(root: string, entry: TreeFile, owner: bigint): AsyncGenerator<TreeRecord, number> {
  const { name } = entry;
  const file = openFile(entry.at);
  try {
    const before = fstatSync(file, { bigint: true });
    checkFile(root, entry, before, owner);
    const size = Number(before.size);
    yield { kind: 'file', name, mode: permissions(before), mtime: String(before.mtimeNs), size };
    const total = yield* contentOf(file, size);
    if (total !== size || !sameFile(before, fstatSync(file, { bigint: true }))) {
      throw refuse(root, name, 'changed while it was read: a process still writes it');
    }
    return total;
  } finally {
    closeSync(file);
  }
}

/**
 * Reads a whole tree. Links are given as links.
 * Throws `failed` for a link that leads out of the tree, a device, another account's file under a second name, an entry
 * that cannot be read, and a file that changes during the read. A tree is never read partly without an error.
 */
export async function* readTree(root: string): AsyncGenerator<TreeRecord> {
  let files = 0;
  let bytes = 0;
  let owner: bigint | undefined;
  for await (const entry of walkTree(root)) {
    const { name } = entry;
    if ('stats' in entry) owner ??= entry.stats.uid;
    switch (entry.kind) {
      case 'unreadable':
        throw refuse(root, name, `cannot be read (${entry.why})`);
      case 'special':
        if (entry.what === 'device') throw refuse(root, name, 'is a device');
        yield { kind: 'skipped', name };
        break;
      case 'link':
        yield linkRecord(root, name, entry.target);
        break;
      case 'directory':
        yield { kind: 'directory', name, mtime: String(entry.stats.mtimeNs) };
        break;
      case 'file':
        try {
          bytes += yield* fileAt(root, entry, owner ?? entry.stats.uid);
          files += 1;
        } catch (error) {
          throw error instanceof MemorydError ? error : refuse(root, name, messageOf(error), error);
        }
    }
  }
  yield { kind: 'done', files, bytes };
}
