import { MemorydError } from '../errors.ts';
import type { System } from './system.ts';

type ExposedFilesSystem = Pick<System, 'files' | 'platform' | 'user'>;

/** A private file that other users may open, or that is another user's. */
interface ExposedFile {
  path: string;
  /** Its permission bits. */
  mode: number;
  /** Whose it is, where that is not this user. */
  owner: number | undefined;
}

/**
 * Which of `paths` are open to others. Links are left alone: what they lead to is managed elsewhere. On Windows a file
 * has the access list of its directory, whatever its mode.
 */
export async function exposedFiles(
  { files, platform, user }: ExposedFilesSystem,
  paths: readonly string[],
): Promise<ExposedFile[]> {
  if (platform === 'win32') return [];
  const seen = await Promise.all(paths.map(async (path) => ({ path, found: await files.inspect(path) })));
  return seen.flatMap(({ path, found }) => {
    if (found.kind !== 'file') return [];
    const { mode, uid } = found.stats;
    const owner = uid === user.uid ? undefined : uid;
    return (mode & 0o077) === 0 && owner === undefined ? [] : [{ path, mode: mode & 0o777, owner }];
  });
}

/**
 * Closes those of `paths` that are open to others, and gives them as they were: each is replaced by a file of this user,
 * mode 0600, with the same content. Throws `permission` when one cannot be read.
 */
export async function closeExposedFiles(
  machine: ExposedFilesSystem,
  paths: readonly string[],
): Promise<ExposedFile[]> {
  const exposed = await exposedFiles(machine, paths);
  for (const { path } of exposed) {
    const read = await machine.files.read(path);
    if (read.kind === 'unreadable') {
      throw new MemorydError('permission', `cannot read ${path}: ${read.why}`, { hint: `ls -l ${path}` });
    }
    if (read.kind === 'content') await machine.files.write(path, read.bytes, 0o600);
  }
  return exposed;
}
