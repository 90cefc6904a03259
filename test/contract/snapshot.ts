import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf } from '../../src/errors.ts';

/** What files are written to while nothing changes: logs, the account of runs, locks. */
const busy = /\.(log|lock)$|runs\.json$|supervisor\.json$/;

async function entries(directory: string): Promise<string[]> {
  try {
    const found = await readdir(directory, { recursive: true, withFileTypes: true });
    return found.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    // Sockets and files of others come and go below a runtime directory.
    if (codeOf(error) !== 'ENOENT') throw error;
    return existsSync(directory) ? entries(directory) : [];
  }
}

/** Every file below `places`, by path: an identity that changes whenever the file is written. */
export async function snapshot(
  places: readonly string[],
  except: string,
): Promise<ReadonlyMap<string, string>> {
  const paths = (await Promise.all(places.map(entries))).flat();
  const ours = paths.filter((path) => !path.startsWith(except) && !busy.test(basename(path)));
  const seen = await Promise.all(
    ours.map(async (path) => {
      const { ino, mtimeMs } = await lstat(path);
      return [path, `${ino} ${mtimeMs}`] as const;
    }),
  );
  return new Map(seen);
}

/** The paths that are new or were written since. */
export function changedSince(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  return [...after].filter(([path, identity]) => before.get(path) !== identity).map(([path]) => path);
}
