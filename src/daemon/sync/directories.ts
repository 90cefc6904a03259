import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';

const staging = /^\.sync-[0-9a-f]{16}$/;
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (absent.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Whether anything at all, a dangling link included, lies at a path. */
export async function isTaken(path: string): Promise<boolean> {
  return (await orAbsent(lstat(path))) !== undefined;
}

/**
 * The path of a real directory of exactly this name in a directory that is a real path itself, or undefined.
 * A link, and `Foo` where `foo` was asked on a file system that does not tell them apart, resolve to another path.
 */
export async function exactDirectory(parent: string, name: string): Promise<string | undefined> {
  const path = join(parent, name);
  if ((await orAbsent(realpath(path))) !== path) return undefined;
  return (await orAbsent(lstat(path)))?.isDirectory() ? path : undefined;
}

/** Makes a directory 0700 that shows, filled, at once or not at all. `path` is free, and nobody else makes it meanwhile. */
export async function stageDirectory(
  parent: string,
  path: string,
  fill: (staged: string) => Promise<void>,
): Promise<void> {
  const staged = join(parent, `.sync-${randomBytes(8).toString('hex')}`);
  await mkdir(staged, { mode: 0o700 });
  await fill(staged);
  await rename(staged, path);
}

/** Removes what a killed process was staging. Only for whoever alone stages there. */
export async function removeStaging(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (staging.test(name)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Other users of the machine have no business in a directory of ours, also one that another server made. */
export async function closeToOthers(path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) await chmod(path, 0o700);
}
