import { join, posix, win32 } from 'node:path';
import { fill, namesIn } from '../service/placeholder.ts';
import type { Files } from '../system/files.ts';
import type { Place } from './place-schema.ts';
import type { Adapter } from './schema.ts';
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

type Variables = Readonly<Record<string, string | undefined>>;
type Paths = Readonly<Record<string, string>>;

/** The patterns of a place, with `home` and the places before it filled in. */
function patternsOf({ variable, paths }: Place, known: Paths, variables: Variables): string[] {
  const said = variable === undefined ? undefined : variables[variable];
  // A service runs in another directory than the shell that set the variable.
  if (said !== undefined && (posix.isAbsolute(said) || win32.isAbsolute(said))) return [said];
  return paths
    .filter((path) => namesIn(path).every((name) => Object.hasOwn(known, name)))
    .map((path) => fill(path, known));
}

/**
 * The current paths of the places that exist. Looked up at every start, because plugins update themselves. `variables`
 * is the environment of the daemon.
 */
export async function findPlaces(
  files: PlacesFiles,
  places: Readonly<Record<string, Place>>,
  home: string,
  variables: Variables,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, place] of Object.entries(places)) {
    for (const pattern of patternsOf(place, { home, ...found }, variables)) {
      if (found[name] !== undefined) break;
      for (const path of await expand(files, pattern)) {
        if (await fits(files, path, place)) {
          found[name] = path;
          break;
        }
      }
    }
  }
  return found;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The paths that a place may have, as regular expressions: `*` is any name. */
function expressionsOf(
  known: ReadonlyMap<string, string[]>,
  { variable, paths }: Place,
  variables: Variables,
): string[] {
  const said = variable === undefined ? undefined : variables[variable];
  const patterns = paths.flatMap((path) => {
    const [, name = '', rest = ''] = /^\{(\w+)\}(.*)$/s.exec(path) ?? [];
    const below = rest
      .split(/[\\/]/)
      .map((segment) => (segment === '*' ? '[^/]+' : escaped(segment)))
      .join('/');
    return (known.get(name) ?? []).map((start) => `${start}${below}`);
  });
  return [...(said === undefined ? [] : [escaped(said.replaceAll('\\', '/'))]), ...patterns];
}

/**
 * Whether a path lies in a place that the commands of an adapter use, in whichever version of it (pure). The place finds
 * the current version at every start; such a path breaks with the next update.
 */
export function liesInPlace(
  path: string,
  { places, commands }: Pick<Adapter, 'places' | 'commands'>,
  home: string,
  variables: Variables,
): boolean {
  const known = new Map([['home', [escaped(home.replaceAll('\\', '/'))]]]);
  for (const [name, place] of Object.entries(places)) {
    known.set(name, expressionsOf(known, place, variables));
  }
  const used = new Set(commands.flatMap(({ argv }) => argv.flatMap(namesIn)));
  const all = Object.keys(places).filter((name) => used.has(name));
  // Windows compares names without case.
  const flags = win32.isAbsolute(home) && !posix.isAbsolute(home) ? 'i' : '';
  return all
    .flatMap((name) => known.get(name) ?? [])
    .some((pattern) => new RegExp(`^${pattern}(?:/|$)`, flags).test(path.replaceAll('\\', '/')));
}

/** The variables that name a place. `install` keeps their values. */
export function placeVariables(places: Readonly<Record<string, Place>>): string[] {
  return Object.values(places).flatMap(({ variable }) => variable ?? []);
}
