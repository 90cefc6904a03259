import { posix } from 'node:path';
import type { Roots } from '../../layout.ts';
import type { RegisteredUnit, UnitObservation } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { receiptPaths } from '../receipt-paths.ts';
import { silenceOf } from './available.ts';
import { unmaskLine } from './commands.ts';
import { type FilesView, viewFiles } from './files.ts';
import { configHome, marker, unitDirectory, unitNames, userUnitPath } from './names.ts';
import { type Properties, parseShow, readUnit, type ShownUnit, shownProperties } from './parse.ts';
import { runForManager, runtimeDirectory, wordsOf } from './systemctl.ts';

/** What the manager reports about both units, or why there is no answer. */
export type Shown =
  | { kind: 'shown'; service: ShownUnit; socket: ShownUnit; socketProperties: Properties }
  /** There is no manager, so no service of ours can be running. */
  | { kind: 'unreachable'; words: string }
  | { kind: 'unclear'; reason: string; words: string; silent?: true };

/** Parses the output of one `show` for both units (pure). */
export function readShown(output: string, service: string): Shown {
  const names = unitNames(service);
  const blocks = parseShow(output);
  const block = (id: string) => blocks.find((properties) => properties.get('Id') === id) ?? new Map();
  const socketProperties = block(names.socket);
  const main = readUnit(block(names.service));
  const socket = readUnit(socketProperties);
  if (main === undefined || socket === undefined) {
    return {
      kind: 'unclear',
      reason: 'systemctl printed something that memoryd does not know',
      words: output,
    };
  }
  return { kind: 'shown', service: main, socket, socketProperties };
}

/** Asks the manager about both units in one command. */
export async function show(system: System, service: string): Promise<Shown> {
  const names = unitNames(service);
  const properties = `--property=${shownProperties.join(',')}`;
  const result = await runForManager(system, [
    'systemctl',
    '--user',
    'show',
    names.service,
    names.socket,
    properties,
  ]);
  if (result.kind === 'exited' && result.code === 0) return readShown(result.stdout, service);
  if (result.kind === 'exited' || result.kind === 'missing')
    return { kind: 'unreachable', words: wordsOf(result) };
  const reason = 'the user manager does not answer';
  return { kind: 'unclear', reason, words: wordsOf(result), silent: true };
}

/** The paths of the units of a service, the service unit first. */
export function unitPathsOf({ env, user }: Pick<System, 'env' | 'user'>, service: string): [string, string] {
  const names = unitNames(service);
  const directory = unitDirectory(configHome(env, user));
  return [posix.join(directory, names.service), posix.join(directory, names.socket)];
}

/** The state of a service according to files. */
export async function viewOf(system: System, roots: Roots, service: string): Promise<FilesView> {
  const { env, user, files } = system;
  const units = unitDirectory(configHome(env, user));
  const unitPath = userUnitPath(units, await runtimeDirectory(system), user.home);
  const own = await receiptPaths(files, roots, service);
  return viewFiles(files, service, unitPathsOf(system, service), unitPath, own);
}

/** The observation from files alone. */
function unitFromFiles(view: FilesView): UnitObservation {
  if (view.kind !== 'ours') return view;
  const process = { kind: 'unknown', reason: 'the manager was not asked' } as const;
  return {
    kind: 'registered',
    path: view.path,
    enabled: view.enabled,
    process,
    dropIns: view.dropIns,
    needsReload: view.missing,
  };
}

/** The observation from files, without asking the manager. */
export async function observeUnitFiles(
  system: System,
  roots: Roots,
  service: string,
): Promise<UnitObservation> {
  return unitFromFiles(await viewOf(system, roots, service));
}

function processOf(service: ShownUnit, socket: ShownUnit): RegisteredUnit['process'] {
  if (service.process.kind !== 'stopped') return service.process;
  if (service.load === 'broken') return { kind: 'failed', reason: 'systemd cannot use the unit file' };
  if (socket.listening) return { kind: 'waiting', reason: 'starts at the next connection' };
  return service.process;
}

/**
 * Whether the files have changed since the manager read them. systemd 252 does not notice the first drop-in of a unit,
 * so drop-ins are compared here. Names that systemd would quote are left to systemd.
 */
function isStale(dropIns: readonly string[], service: ShownUnit, socket: ShownUnit): boolean {
  const read = new Set([...service.dropIns, ...socket.dropIns]);
  const unread = dropIns.some((path) => /^[\w/.@:+-]+$/.test(path) && !read.has(path));
  return unread || service.needsReload || socket.needsReload;
}

/** Combines files and manager (pure). `path` is the unit file that the manager has loaded, and is known to be ours. */
export function merge(
  view: Extract<FilesView, { kind: 'ours' | 'absent' }>,
  { service, socket }: Extract<Shown, { kind: 'shown' }>,
  path: string,
  name: string,
): UnitObservation {
  const process = processOf(service, socket);
  if (view.kind === 'absent' && service.load === 'not-found' && process.kind === 'stopped')
    return { kind: 'absent' };
  // If the file of a running unit is deleted, the unit is not-found and active at the same time. A failed one is kept by
  // the manager until it is told to forget it.
  const seen = view.kind === 'ours' ? view : { path, missing: true, enabled: service.enabled, dropIns: [] };
  const managerKnows = service.load !== 'not-found' && service.enabled !== 'unknown';
  const enabled = managerKnows && seen.enabled !== 'masked' ? service.enabled : seen.enabled;
  return {
    kind: 'registered',
    path: seen.missing ? path : seen.path,
    enabled,
    ...(enabled === 'masked' ? { cure: unmaskLine(name) } : {}),
    process,
    dropIns: seen.dropIns,
    needsReload: service.load === 'not-found' || isStale(seen.dropIns, service, socket),
    ...(service.restarts === undefined ? {} : { restarts: service.restarts }),
    ...(service.lastExit === undefined ? {} : { lastExit: service.lastExit }),
  };
}

/** The observation from files and manager, with one command. */
export async function observe(system: System, roots: Roots, service: string): Promise<UnitObservation> {
  const [view, shown] = await Promise.all([viewOf(system, roots, service), show(system, service)]);
  if (view.kind === 'foreign' || view.kind === 'unknown') return view;
  if (shown.kind === 'unreachable') {
    if (view.kind === 'absent') return view;
    const { reason, hint } = await silenceOf(system);
    return {
      kind: 'unknown',
      reason,
      words: shown.words,
      silent: true,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (shown.kind === 'unclear') {
    const { reason, words, silent } = shown;
    return { kind: 'unknown', reason, words, ...(silent ? { silent } : {}) };
  }
  const [own] = unitPathsOf(system, service);
  const { fragment, load } = shown.service;
  if (fragment === '' || fragment === own || load === 'masked')
    return merge(view, shown, fragment || own, service);
  // It may be in another spelling of our directory, or in another configuration home. Or the file has just been
  // removed.
  const read = await system.files.read(fragment);
  const ours = read.kind === 'content' && read.text.startsWith(`${marker(service)}\n`);
  if (ours || read.kind === 'absent') return merge(view, shown, fragment, service);
  return { kind: 'foreign', path: fragment, reason: 'the manager has a unit of that name from there' };
}
