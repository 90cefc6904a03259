import { posix } from 'node:path';
import type { Enablement } from '../../service/unit.ts';
import type { Files } from '../../system/files.ts';
import { dropInDirectories, holdsLinks, marker, systemUnitPath, type UnitNames, unitNames } from './names.ts';

/** What is at the path of one unit file. */
type UnitFileView = 'absent' | 'ours' | 'masked' | { foreign: string } | { unreadable: string };

/** The state of a service according to files. */
export type FilesView =
  | { kind: 'foreign'; path: string; reason: string }
  | { kind: 'unknown'; reason: string }
  | { kind: 'absent' }
  /** `missing`: links or one of the two units exist, but not the file of the service. */
  | { kind: 'ours'; path: string; missing: boolean; enabled: Enablement; dropIns: string[] };

/**
 * A link to /dev/null and an empty file mask a unit. Any other link leads to a file that memoryd does not control, and
 * is never written through. `own` are the files of the last install, which are ours with or without our mark (N05).
 */
async function viewUnit(
  files: Files,
  path: string,
  service: string,
  own: ReadonlySet<string>,
): Promise<UnitFileView> {
  const seen = await files.inspect(path);
  if (seen.kind === 'absent') return 'absent';
  if (seen.kind === 'unreadable') return { unreadable: seen.why };
  if (seen.kind === 'link') {
    return seen.target === '/dev/null' ? 'masked' : { foreign: `a link to ${seen.target}` };
  }
  if (seen.kind !== 'file') return { foreign: 'not a file' };
  const read = await files.read(path);
  if (read.kind !== 'content') return read.kind === 'absent' ? 'absent' : { unreadable: read.why };
  if (read.text === '') return 'masked';
  return own.has(path) || read.text.startsWith(`${marker(service)}\n`)
    ? 'ours'
    : { foreign: 'not written by memoryd' };
}

const present = async (files: Files, path: string): Promise<boolean> =>
  (await files.inspect(path)).kind !== 'absent';

/** A directory of units and the names in it. */
interface Listing {
  directory: string;
  names: string[];
}

const listAll = (files: Files, directories: readonly string[]): Promise<Listing[]> =>
  Promise.all(directories.map(async (directory) => ({ directory, names: await files.list(directory) })));

/** Whether `unit` is started together with another one. */
async function isWanted(files: Files, listings: readonly Listing[], unit: string): Promise<boolean> {
  const links = listings.flatMap(({ directory, names }) =>
    names.filter(holdsLinks).map((name) => posix.join(directory, name, unit)),
  );
  const found = await Promise.all(links.map((link) => present(files, link)));
  return found.includes(true);
}

/**
 * A system unit of the same name that runs or starts at boot: the two would compete for one port forever (L06).
 * systemd keeps an `invocation:` link while a unit is active.
 */
async function systemUnit(files: Files, unit: string): Promise<FilesView | undefined> {
  if (await present(files, `/run/systemd/units/invocation:${unit}`)) {
    return { kind: 'foreign', path: unit, reason: 'a system unit of that name is running' };
  }
  const paths = systemUnitPath.map((directory) => posix.join(directory, unit));
  const there = await Promise.all(paths.map((path) => present(files, path)));
  const path = paths[there.indexOf(true)];
  if (path === undefined || !(await isWanted(files, await listAll(files, systemUnitPath), unit)))
    return undefined;
  return { kind: 'foreign', path, reason: 'a system unit of that name is enabled' };
}

/** Files that change the units and were not written by memoryd. */
async function dropInsOf(files: Files, listings: readonly Listing[], names: UnitNames): Promise<string[]> {
  const wanted = new Set([names.service, names.socket].flatMap(dropInDirectories));
  const directories = listings.flatMap(({ directory, names: entries }) =>
    entries.filter((entry) => wanted.has(entry)).map((entry) => posix.join(directory, entry)),
  );
  const found = (await listAll(files, directories)).flatMap(({ directory, names: entries }) =>
    entries.filter((entry) => entry.endsWith('.conf')).map((entry) => posix.join(directory, entry)),
  );
  return ownDropIns(found);
}

/** Without the drop-ins that the distribution ships for every unit. */
export function ownDropIns(paths: readonly string[]): string[] {
  return paths.filter((path) => !/^\/(usr\/)?lib\/systemd\/user\/(service|socket)\.d\//.test(path));
}

/** Reads both unit files of `service`, the links that start them, their drop-ins, and system units of that name. */
export async function viewFiles(
  files: Files,
  service: string,
  paths: readonly [string, string],
  unitPath: readonly string[],
  own: ReadonlySet<string> = new Set(),
): Promise<FilesView> {
  const names = unitNames(service);
  const [main, socket, system, listings] = await Promise.all([
    viewUnit(files, paths[0], service, own),
    viewUnit(files, paths[1], service, own),
    systemUnit(files, names.service),
    listAll(files, unitPath),
  ]);
  for (const [index, view] of [main, socket].entries()) {
    const path = paths[index] ?? '';
    if (typeof view === 'string') continue;
    if ('foreign' in view) return { kind: 'foreign', path, reason: view.foreign };
    return { kind: 'unknown', reason: `cannot read ${path}: ${view.unreadable}` };
  }
  if (system !== undefined) return system;
  const [enabled, socketEnabled] = await Promise.all([
    isWanted(files, listings, names.service),
    isWanted(files, listings, names.socket),
  ]);
  if (main === 'absent' && socket === 'absent' && !enabled && !socketEnabled) return { kind: 'absent' };
  const masked = main === 'masked' || socket === 'masked';
  return {
    kind: 'ours',
    path: paths[0],
    missing: main === 'absent',
    enabled: masked ? 'masked' : enabled ? 'enabled' : 'disabled',
    dropIns: await dropInsOf(files, listings, names),
  };
}
