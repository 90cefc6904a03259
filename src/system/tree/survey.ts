import { accessSync, type BigIntStats, constants, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { posix, resolve, sep } from 'node:path';
import { codeOf } from '../../errors.ts';
import { nameEncoding, pathIn } from './names.ts';
import { turns } from './turn.ts';

/** One entry of a tree. `name` is its path inside the tree, see names.ts; the tree itself is ''. */
export type TreeEntry =
  | { kind: 'directory' | 'file'; name: string; stats: BigIntStats }
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

function entryAt(root: string, name: string): TreeEntry {
  const path = pathIn(root, name);
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
    return { kind, name, stats };
  }
  return { kind: 'special', name, stats, what: kind };
}

/**
 * All entries of a tree, directories before their content, names in order. Links are never followed. Throws ENOENT if
 * there is no tree.
 */
export async function* walkTree(root: string): AsyncGenerator<TreeEntry> {
  yield* walkFrom(root, '', turns());
}

async function* walkFrom(root: string, name: string, turn: () => Promise<void>): AsyncGenerator<TreeEntry> {
  const entry = entryAt(root, name);
  yield entry;
  await turn();
  if (entry.kind !== 'directory') return;
  const names = readdirSync(pathIn(root, name), { encoding: 'buffer' }).map((one) =>
    one.toString(nameEncoding),
  );
  for (const child of names.toSorted())
    yield* walkFrom(root, name === '' ? child : `${name}${sep}${child}`, turn);
}

/** The content of a tree, and what cannot be copied. */
export interface TreeSurvey {
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
  /** Entries that belong to another account than the tree. */
  others: string[];
}

/** Whether a link points inside its tree. `root` is absolute. */
export function staysInside(root: string, name: string, target: string): boolean {
  const base = Buffer.from(resolve(root)).toString(nameEncoding);
  const at = posix.resolve(base, posix.dirname(name.replaceAll(sep, '/')), target.replaceAll(sep, '/'));
  return at === base || at.startsWith(`${base}/`);
}

/** Surveys a tree without opening a file. */
export async function surveyTree(root: string): Promise<TreeSurvey> {
  const survey: TreeSurvey = {
    files: 0,
    bytes: 0,
    allocated: 0,
    unreadable: [],
    empty: [],
    devices: [],
    outward: [],
    others: [],
  };
  let owner: bigint | undefined;
  for await (const entry of walkTree(root)) {
    if ('stats' in entry) {
      owner ??= entry.stats.uid;
      if (entry.stats.uid !== owner) survey.others.push(entry.name);
    }
    if (entry.kind === 'file') {
      survey.files += 1;
      survey.bytes += Number(entry.stats.size);
      survey.allocated += Number(entry.stats.blocks ?? 0n) * 512 || Number(entry.stats.size);
    } else if (entry.kind === 'unreadable') survey.unreadable.push(entry.name);
    else if (entry.kind === 'special')
      (entry.what === 'device' ? survey.devices : survey.empty).push(entry.name);
    else if (entry.kind === 'link' && !staysInside(root, entry.name, entry.target))
      survey.outward.push(entry.name);
  }
  return survey;
}
