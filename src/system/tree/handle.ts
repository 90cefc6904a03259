import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathIn } from './names.ts';

/** Fails with ELOOP on a link in any part of a path. macOS open(2), sys/fcntl.h: O_NOFOLLOW_ANY */
const noLinkAnywhere = 0x2000_0000;

const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0, O_DIRECTORY = 0 } = constants;

/** macOS has no path for an open directory, so the kernel must refuse links on the whole path. */
const wholePath = process.platform === 'darwin' ? noLinkAnywhere : 0;

/** An open directory of a tree. The paths of its entries stay inside it, even when its name is replaced by a link. */
export interface DirectoryHandle {
  /** The path of the directory itself. */
  path: Buffer | string;
  /** The path of an entry, valid until `close`. */
  entry(name: string): Buffer | string;
  close(): void;
}

/**
 * Opens a directory without following a link in the last part of its path. On Linux the paths of its entries go through
 * the open directory (/proc/self/fd), so nobody can replace it with a link between a check and a use. Elsewhere they
 * are plain paths: macOS refuses links when a file is opened, and Windows lets only administrators make file links.
 * Throws ELOOP or ENOTDIR when it is not a directory.
 */
export function openDirectory(path: Buffer | string): DirectoryHandle {
  if (process.platform !== 'linux') {
    return {
      path,
      entry: (name) => (typeof path === 'string' ? join(path, name) : pathIn(path.toString(), name)),
      close: () => undefined,
    };
  }
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const own = `/proc/self/fd/${descriptor}`;
  return { path: own, entry: (name) => pathIn(own, name), close: () => closeSync(descriptor) };
}

/**
 * Opens a file for reading without following a link. Does not wait for the writer of a pipe. The caller checks type and
 * owner on the descriptor.
 * Throws ELOOP for a link.
 */
export function openFile(path: Buffer | string): number {
  return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | wholePath);
}
