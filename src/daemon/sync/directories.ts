import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { flushDirectory } from './plain-file.ts';

const staging = /^\.sync-[0-9a-f]{16}$/;
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

function orAbsent<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (absent.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Whether anything exists at a path, including a dangling link. */
export function isTaken(path: string): boolean {
  return orAbsent(() => lstatSync(path)) !== undefined;
}

/** Gives the real path of a directory, or `undefined` where nothing exists. */
export function realDirectory(path: string): string | undefined {
  return isTaken(path) ? realpathSync.native(path) : undefined;
}

/** Creates a directory with its parents, and gives its real path. */
export async function makeDirectory(path: string): Promise<string> {
  if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) await flushDirectory(dirname(path));
  return realpathSync.native(path);
}

/**
 * Gives the path of the directory with exactly this name in `parent`, or `undefined`. `parent` must be a real path. A
 * link, and `Foo` for `foo` on a file system that ignores case, resolve to another path and are refused.
 */
export function exactDirectory(parent: string, name: string): string | undefined {
  const path = join(parent, name);
  if (orAbsent(() => realpathSync.native(path)) !== path) return undefined;
  return orAbsent(() => lstatSync(path))?.isDirectory() ? path : undefined;
}

/**
 * Creates a directory with mode 0700 that appears with its content or not at all, and is on disk when this resolves.
 * `path` must not exist, and nobody else may create it meanwhile.
 */
export async function stageDirectory(
  parent: string,
  path: string,
  fill: (staged: string) => Promise<void>,
): Promise<void> {
  const staged = join(parent, `.sync-${randomBytes(8).toString('hex')}`);
  mkdirSync(staged, { mode: 0o700 });
  await fill(staged);
  renameSync(staged, path);
  await flushDirectory(parent);
}

/** Removes directories that a killed process was staging. The caller must be the only one that stages there. */
export function removeStaging(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (staging.test(name)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Removes the access of other users to a directory, also to one that another server made. Changes only this user's
 * directories.
 */
export function closeToOthers(path: string): void {
  const stats = lstatSync(path);
  if (stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) chmodSync(path, 0o700);
}
