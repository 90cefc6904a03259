import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

/** Whether anything at all, a dangling link included, lies at a path. */
export function isTaken(path: string): boolean {
  return orAbsent(() => lstatSync(path)) !== undefined;
}

/**
 * The path of a real directory of exactly this name in a directory that is a real path itself, or undefined.
 * A link, and `Foo` where `foo` was asked on a file system that does not tell them apart, resolve to another path.
 */
export function exactDirectory(parent: string, name: string): string | undefined {
  const path = join(parent, name);
  if (orAbsent(() => realpathSync.native(path)) !== path) return undefined;
  return orAbsent(() => lstatSync(path))?.isDirectory() ? path : undefined;
}

/**
 * Makes a directory 0700 that shows, filled, at once or not at all, and is on disk when it resolves. `path` is free, and
 * nobody else makes it meanwhile.
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

/** Removes what a killed process was staging. Only for whoever alone stages there. */
export function removeStaging(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (staging.test(name)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Other users of the machine have no business in a directory of ours, also one that another server made. */
export function closeToOthers(path: string): void {
  const stats = lstatSync(path);
  if (stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) chmodSync(path, 0o700);
}
