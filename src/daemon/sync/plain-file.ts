import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../errors.ts';

// Nothing here follows a link, so that one planted in a project's directory leads nowhere:
// write-file-atomic would write through it.

const temporary = /^\.sync-[0-9a-f]{16}\.tmp$/;

async function withFile<T>(
  path: string,
  flags: string | number,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(path, flags, 0o600);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** A regular file's status, or undefined when nothing or something else lies there. Throws what the system refuses. */
export async function plainStats(path: string): Promise<Stats | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A regular file's bytes with the time that belongs to them, or undefined as above. */
export async function readPlain(path: string): Promise<{ bytes: Buffer; mtime: Date } | undefined> {
  if ((await plainStats(path)) === undefined) return undefined;
  // Windows has neither flag; opening a FIFO without O_NONBLOCK would wait for its other end.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  try {
    return await withFile(path, flags, async (handle) => {
      const stats = await handle.stat();
      return stats.isFile() ? { bytes: await handle.readFile(), mtime: stats.mtime } : undefined;
    });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** A scanner that has the target open makes rename fail on Windows for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(from, to);
    } catch (error) {
      const passing =
        process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '');
      if (!passing || attempt === 10) throw error;
      await delay(attempt * 10);
    }
  }
}

/** Makes a rename last through a power cut. Windows cannot open directories and does not need it. */
async function flushDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withFile(directory, constants.O_RDONLY, (handle) => handle.sync());
}

/**
 * Puts a file in place whole or not at all, 0600, on disk when it resolves; replaces a link instead of following it.
 * `mtime` is set before the file shows, so that no reader sees another. Throws what the system refuses (ENOSPC …).
 */
export async function replacePlain(
  directory: string,
  name: string,
  bytes: Uint8Array,
  mtime: Date,
): Promise<void> {
  const path = join(directory, `.sync-${randomBytes(8).toString('hex')}.tmp`);
  try {
    await withFile(path, 'wx', async (handle) => {
      await handle.writeFile(bytes);
      await handle.utimes(mtime, mtime);
      await handle.sync();
    });
    await renameOver(path, join(directory, name));
  } catch (error) {
    await removePlain(path);
    throw error;
  }
  await flushDirectory(directory);
}

/** Removes a file or link; already absent is fine. */
export async function removePlain(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Removes what a killed process left half-written. Only for whoever alone writes in this directory. */
export async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (temporary.test(name)) await removePlain(join(directory, name));
  }
}
