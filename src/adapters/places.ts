import { join } from 'node:path';
import { fill } from '../service/placeholder.ts';
import type { Files } from '../system/files.ts';
import type { Place } from './schema.ts';
import { byVersion } from './version-order.ts';

type PlacesFiles = Pick<Files, 'inspect' | 'list'>;

async function exists(files: PlacesFiles, path: string): Promise<boolean> {
  return (await files.inspect(path)).kind !== 'absent';
}

/** The names in a directory; empty if it is not a readable directory. */
async function namesAt(files: PlacesFiles, path: string): Promise<string[]> {
  const seen = await files.inspect(path);
  return seen.kind === 'directory' || seen.kind === 'link' ? files.list(path).catch(() => []) : [];
}

/** All paths that match `pattern`, in which whole segments may be `*`; the highest version first. */
async function expand(files: PlacesFiles, pattern: string): Promise<string[]> {
  const segments = pattern.split(/[\\/]/);
  let paths = [segments[0] === '' ? '/' : (segments[0] as string)];
  for (const segment of segments.slice(1)) {
    const next = await Promise.all(
      paths.map(async (path) =>
        segment === '*'
          ? (await namesAt(files, path))
              .sort(byVersion)
              .reverse()
              .map((name) => join(path, name))
          : [join(path, segment)],
      ),
    );
    paths = next.flat();
  }
  return paths;
}

async function fits(files: PlacesFiles, path: string, { has, lacks }: Place): Promise<boolean> {
  if (!(await exists(files, path))) return false;
  if (lacks !== undefined && (await exists(files, join(path, lacks)))) return false;
  return has === undefined || exists(files, join(path, has));
}

/**
 * The current path of a place; `undefined` if it does not exist. Looked up at every start, because plugins update
 * themselves.
 */
export async function findPlace(files: PlacesFiles, place: Place, home: string): Promise<string | undefined> {
  for (const pattern of place.paths) {
    for (const path of await expand(files, fill(pattern, { home }))) {
      if (await fits(files, path, place)) return path;
    }
  }
  return undefined;
}
