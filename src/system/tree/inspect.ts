import { accessSync, type BigIntStats, constants, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { posix, resolve, sep } from 'node:path';
import { codeOf } from '../../errors.ts';
import { openDirectory } from './handle.ts';
import { nameEncoding } from './names.ts';
import { eventLoopTurns } from './turn.ts';

/**
 * One entry of a tree. `name` is its path inside the tree, see names.ts; the tree's own name is ''. `at` is a path at
 * which it can be opened until the next entry is requested. It goes through the open directory, see handle.ts.
 */
export type TreeEntry =
  | { kind: 'directory' | 'file'; name: string; stats: BigIntStats; at: Buffer | string }
  | { kind: 'link'; name: string; stats: BigIntStats; target: string }
  /** A socket or pipe holds no data, and a device is not data. */
  | { kind: 'special'; name: string; stats: BigIntStats; what: 'socket' | 'pipe' | 'device' }
  | { kind: 'unreadable'; name: string; why: string };

const closed = new Set(['EACCES', 'EPERM']);

function kindOf(stats: BigIntStats): 'directory' | 'file' | 'link' | 'socket' | 'pipe' | 'device' {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isSocket()) return 'socket';
  return stats.isFIFO() ? 'pipe' : 'device';
}

function entryAt(path: Buffer | string, name: string): TreeEntry {
  const stats = lstatSync(path, { bigint: true });
  const kind = kindOf(stats);
  if (kind === 'link') {
    const target = readlinkSync(path, { encoding: 'buffer' }).toString(nameEncoding);
    return { kind, name, stats, target };
  }
  if (kind === 'directory' || kind === 'file') {
    try {
      accessSync(path, kind === 'file' ? constants.R_OK : constants.R_OK | constants.X_OK);
    } catch (error) {
      if (!closed.has(codeOf(error) ?? '')) throw error;
      return { kind: 'unreadable', name, why: codeOf(error) ?? '' };
    }
    return { kind, name, stats, at: path };
  }
  return { kind: 'special', name, stats, what: kind };
}

/**
 * Gives all entries of a tree, directories before their content, sorted by name. Links are never followed.
 * Throws ENOENT when there is no tree.
 */
export async function* walkTree(root: string): AsyncGenerator<TreeEntry> {
  yield* walkFrom(root, '', eventLoopTurns());
}

async function* walkFrom(
  path: Buffer | string,
  name: string,
  turn: () => Promise<void>,
): AsyncGenerator<TreeEntry> {
  const entry = entryAt(path, name);
  yield entry;
  await turn();
  if (entry.kind !== 'directory') return;
  const directory = openDirectory(path);
  try {
    const names = readdirSync(directory.path, { encoding: 'buffer' }).map((one) =>
      one.toString(nameEncoding),
    );
    for (const child of names.toSorted())
      yield* walkFrom(directory.entry(child), name === '' ? child : `${name}${sep}${child}`, turn);
  } finally {
    directory.close();
  }
}

/** The content of a tree, and what cannot be copied. */
export interface TreeSummary {
  files: number;
  /** The sum of file sizes. `allocated` is the space on disk, which is less for sparse files. */
  bytes: number;
  allocated: number;
  /** Names inside the tree. */
  unreadable: string[];
  /** Sockets and pipes, which hold no data. */
  empty: string[];
  devices: string[];
  /** Links that lead out of the tree, to data elsewhere. */
  outward: string[];
  /** Entries whose owner is not the owner of the tree. */
  others: string[];
  /** Files of another account that also have a name outside the tree: anybody could have made the name inside. */
  borrowed: string[];
}

/**
 * Whether a file belongs to another account and has several names. Where hard links are not protected, link(2) needs no
 * right to read the file.
 */
export const isBorrowed = ({ uid, nlink }: BigIntStats, owner: bigint): boolean =>
  uid !== owner && nlink > 1n;

/**
 * Whether the target of a link is inside the tree. `root` is absolute. A target with `..` after a name counts as
 * outside: the name may be a link itself, and `..` is then the parent of that link's target.
 */
export function staysInside(root: string, name: string, target: string): boolean {
  const base = Buffer.from(resolve(root)).toString(nameEncoding);
  const path = target.replaceAll(sep, '/');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const first = parts.findIndex((part) => part !== '..');
  if (first >= 0 && parts.includes('..', first)) return false;
  const at = posix.resolve(base, posix.dirname(name.replaceAll(sep, '/')), path);
  return at === base || at.startsWith(`${base}/`);
}

/** Inspects a tree without opening a file. Throws ENOENT when there is no tree. */
export async function inspectTree(root: string): Promise<TreeSummary> {
  const summary: TreeSummary = {
    files: 0,
    bytes: 0,
    allocated: 0,
    unreadable: [],
    empty: [],
    devices: [],
    outward: [],
    others: [],
    borrowed: [],
  };
  let owner: bigint | undefined;
  for await (const entry of walkTree(root)) {
    if ('stats' in entry) {
      owner ??= entry.stats.uid;
      if (entry.stats.uid !== owner) summary.others.push(entry.name);
    }
    if (entry.kind === 'file') {
      if (isBorrowed(entry.stats, owner ?? entry.stats.uid)) summary.borrowed.push(entry.name);
      summary.files += 1;
      summary.bytes += Number(entry.stats.size);
      summary.allocated += Number(entry.stats.blocks ?? 0n) * 512 || Number(entry.stats.size);
    } else if (entry.kind === 'unreadable') summary.unreadable.push(entry.name);
    else if (entry.kind === 'special')
      (entry.what === 'device' ? summary.devices : summary.empty).push(entry.name);
    else if (entry.kind === 'link' && !staysInside(root, entry.name, entry.target))
      summary.outward.push(entry.name);
  }
  return summary;
}
