import { dirname } from 'node:path';
import { isFullDisk, MemorydError } from '../errors.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import { halfWritten } from '../system/write-whole.ts';

/** The nearest directory above `path` that exists. */
async function existingParent(files: Files, path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path || (await files.inspect(parent)).kind === 'directory') return parent;
  return existingParent(files, parent);
}

/** What the user may do about a path that they may not change: take it over, or open it to themselves. */
async function accessHint({ files, user, platform }: System, path: string): Promise<string | undefined> {
  if (platform === 'win32') return shellLine(['icacls', path]);
  const parent = await existingParent(files, path);
  for (const one of [parent, path]) {
    const seen = await files.inspect(one);
    if (!('stats' in seen)) continue;
    if (seen.stats.uid !== user.uid) return shellLine(['sudo', 'chown', '-R', String(user.uid), one]);
    if (seen.kind === 'directory' && (seen.stats.mode & 0o300) !== 0o300)
      return shellLine(['chmod', 'u+rwx', one]);
  }
  return shellLine(['ls', '-ld', parent]);
}

/**
 * An error of the disk in our words, with the path that was meant and a command that helps (N06, N30, N40). Other
 * errors, and those that have a hint already, are returned as they are.
 */
export async function explained(system: System, error: unknown): Promise<unknown> {
  const raw = error instanceof MemorydError && error.hint === undefined ? error.cause : error;
  if (!(raw instanceof Error) || raw instanceof MemorydError) return error;
  const { code, path, dest } = raw as NodeJS.ErrnoException & { dest?: string };
  const meant = dest ?? path;
  if (meant === undefined) return error;
  const target = halfWritten(meant) ?? meant;
  const space = shellLine(['df', '-h', await existingParent(system.files, target)]);
  if (isFullDisk(raw))
    return new MemorydError('failed', `the disk is full: cannot write ${target}`, {
      hint: space,
      cause: raw,
    });
  if (code === 'EROFS') {
    const message = `${target} is on a read-only file system`;
    return new MemorydError('permission', message, { hint: space, cause: raw });
  }
  if (code !== 'EACCES' && code !== 'EPERM') return error;
  const hint = await accessHint(system, target);
  return new MemorydError('permission', `no permission to change ${target}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: raw,
  });
}
