import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isAbsolute, posix, resolve } from 'node:path';
import { MemorydError, messageOf } from '../../errors.ts';
import { nameEncoding, pathIn, shownName } from './names.ts';
import { chunkBytes, type TreeRecord } from './record.ts';
import { staysInside, walkTree } from './survey.ts';
import { turns } from './turn.ts';

const zeros = Buffer.alloc(chunkBytes);

const permissions = (stats: BigIntStats): number => Number(stats.mode & 0o777n);

function refuse(root: string, name: string, why: string, cause?: unknown): MemorydError {
  const where = shownName(name);
  return new MemorydError(
    'failed',
    `cannot copy ${root}: ${where} ${why}`,
    cause === undefined ? {} : { cause },
  );
}

/** The target of a link at another place: an absolute path into its own tree becomes relative. */
function portableTarget(root: string, name: string, target: string): string {
  if (!isAbsolute(target)) return target;
  const base = Buffer.from(resolve(root)).toString(nameEncoding);
  return posix.relative(posix.join(base, posix.dirname(name)), target) || '.';
}

const sameFile = (a: BigIntStats, b: BigIntStats): boolean =>
  a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;

async function* contentOf(file: number, size: number): AsyncGenerator<TreeRecord, number> {
  const hash = createHash('sha256');
  const turn = turns();
  // A large buffer for each of thousands of small files would be expensive.
  const length = Math.min(chunkBytes, size + 1);
  let total = 0;
  // A buffer that was passed on belongs to its receiver; one with only zeros was not passed on.
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

async function* fileAt(root: string, name: string): AsyncGenerator<TreeRecord, number> {
  const file = openSync(pathIn(root, name), 'r');
  try {
    const before = fstatSync(file, { bigint: true });
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
 * Reads a whole tree. Links are passed on as links. A link that leads out of the tree, a device, an unreadable entry
 * and a file that changes meanwhile throw `failed`, so a copy is never silently incomplete.
 */
export async function* readTree(root: string): AsyncGenerator<TreeRecord> {
  let files = 0;
  let bytes = 0;
  for await (const entry of walkTree(root)) {
    const { name } = entry;
    switch (entry.kind) {
      case 'unreadable':
        throw refuse(root, name, `cannot be read (${entry.why})`);
      case 'special':
        if (entry.what === 'device') throw refuse(root, name, 'is a device');
        yield { kind: 'skipped', name };
        break;
      case 'link':
        if (!staysInside(root, name, entry.target)) {
          throw refuse(root, name, `is a link that leads out of it, to ${shownName(entry.target)}`);
        }
        yield { kind: 'link', name, target: portableTarget(root, name, entry.target) };
        break;
      case 'directory':
        yield { kind: 'directory', name, mode: permissions(entry.stats), mtime: String(entry.stats.mtimeNs) };
        break;
      case 'file':
        try {
          bytes += yield* fileAt(root, name);
          files += 1;
        } catch (error) {
          throw error instanceof MemorydError ? error : refuse(root, name, messageOf(error), error);
        }
    }
  }
  yield { kind: 'done', files, bytes };
}
