import { dirname, join } from 'node:path';
import { findAdapter } from '../adapters/load.ts';
import { servicePaths } from '../layout.ts';
import { findEndpoints } from '../runtime/find-endpoint.ts';
import { isSameProcess } from '../runtime/identity.ts';
import { readPidFile } from '../runtime/pid-file.ts';
import { runtimeDirectoriesOf } from '../runtime/runtime-directory.ts';
import { readSupervisor } from '../runtime/supervisor-file.ts';
import { registeredWriters, registerWriter } from '../runtime/writers.ts';
import { fill, namesIn } from '../service/placeholder.ts';
import type { UnitObservation } from '../service/unit.ts';
import { type Writer, writersLeft } from '../service/writer.ts';
import { findTree } from '../system/process-tree.ts';
import { readDefinition } from './read-definition.ts';
import { type LockedService, type Machine, withLock } from './service-lock.ts';

type Service = Pick<LockedService, 'machine' | 'service' | 'paths'>;

/** The processes that write data of the service, and stale pid files. */
export interface ObservedWriters {
  writers: Writer[];
  /** Pid files whose processes have ended. */
  stale: string[];
  /** Pid files of our data that cannot be read, so it is unknown whether their processes live. */
  unreadable: { path: string; why: string }[];
}

/** The usual names of pid files, in data directories and in runtime directories. */
const usualPidFiles = ['.server.pid', '.worker.pid', 'worker.pid'];
const runtimePidFiles = ['server.pid', 'worker.pid'];

/**
 * All pid files that the daemon of the service, or an older daemon with the same data, may have written. `ours`: they are
 * about data in the service's own directory.
 */
async function pidFilePaths({
  machine: { system, roots },
  paths,
}: Service): Promise<{ path: string; ours: boolean }[]> {
  const { files, user } = system;
  const seen = await readDefinition(files, paths);
  const definition = seen.kind === 'valid' ? seen.definition : undefined;
  const found =
    definition?.adapter === undefined ? undefined : await findAdapter(files, roots, definition.adapter);
  const adapter = found?.kind === 'valid' ? found.adapter : undefined;
  const dataDir = definition?.dataDir ?? adapter?.data.directory ?? paths.data;
  const templates = [dataDir, paths.data, ...(adapter?.data.directories ?? [])];
  const directories = templates
    .filter((template) => namesIn(template).every((name) => name === 'home'))
    .map((template) => fill(template, { home: user.home }));
  const runtime = adapter === undefined ? [] : await runtimeDirectoriesOf(system, adapter.name);
  const told = adapter?.legacies.filter(({ kind }) => kind === 'pid-file') ?? [];
  const all = [
    ...new Set([
      ...directories.flatMap((directory) => usualPidFiles.map((name) => join(directory, name))),
      ...runtime.flatMap((directory) => runtimePidFiles.map((name) => join(directory, name))),
      ...told.map(({ name }) => (name.startsWith('~/') ? join(user.home, name.slice(2)) : name)),
    ]),
  ];
  const own = all.map((path) => ({ path, ours: dirname(path) === paths.data }));
  // A process counts by its first file.
  return own.toSorted((a, b) => Number(b.ours) - Number(a.ours));
}

/** Our own processes: the published host, registered writers, and the supervisor. */
async function ours({ machine: { system, roots }, service, paths }: Service): Promise<Writer[]> {
  const [states, registered, supervisor] = await Promise.all([
    findEndpoints(system, roots, service),
    registeredWriters(system, paths),
    readSupervisor(system.files, paths),
  ]);
  const host = `memoryd host ${service}`;
  const published = states.filter((state) => state.kind === 'live' || state.kind === 'silent');
  const supervises = supervisor !== undefined && !supervisor.ended && isSameProcess(system, supervisor);
  return [
    ...published.map(({ endpoint }): Writer => ({ kind: 'host', pid: endpoint.pid, what: host })),
    ...registered.map(
      ({ role, pid, what }): Writer => ({ kind: role === 'host' ? 'host' : 'other', pid, what }),
    ),
    ...(supervises
      ? [{ kind: 'supervisor' as const, pid: supervisor.pid, what: `${host} --supervise` }]
      : []),
  ];
}

/** Looks for writers in all possible runtime directories. Changes nothing. */
export async function observeWriters(change: Service): Promise<ObservedWriters> {
  const { system } = change.machine;
  const [writers, paths] = await Promise.all([ours(change), pidFilePaths(change)]);
  const seen: ObservedWriters = { writers, stale: [], unreadable: [] };
  for (const { path, ours: isOurs } of paths) {
    const file = await readPidFile(system, path);
    const kind = isOurs ? 'other' : 'neighbour';
    if (file.kind === 'live') seen.writers.push({ kind, pid: file.pid, what: `the writer of ${path}` });
    if (file.kind === 'dead' || file.kind === 'corrupt') seen.stale.push(path);
    if (file.kind === 'unreadable' && isOurs) seen.unreadable.push({ path, why: file.why });
  }
  return seen;
}

/**
 * The writers that would keep running after unregistering the unit. A daemon that the host of the unit started may
 * have written its own pid file.
 */
export async function writersBeside(
  { machine: { system } }: Service,
  { writers }: ObservedWriters,
  unit: UnitObservation,
): Promise<Writer[]> {
  const left = writersLeft(writers, unit, new Set());
  if (left.length === 0 || unit.kind !== 'registered') return left;
  const pids = new Set(left.map(({ pid }) => pid));
  const units = writers.map(({ pid }) => pid).filter((pid) => !pids.has(pid));
  // No process has this marker: only descendants of the unit are found.
  const trees = await Promise.all(units.map((root) => findTree(system, { marker: '\0', root })));
  return writersLeft(writers, unit, new Set(trees.flat()));
}

/**
 * Runs `work`, which writes the store directly, as a registered writer of the service, so that an uninstall is refused
 * meanwhile. Waits for a running change. Throws `failed` after two minutes.
 */
export async function writing<T>(
  machine: Machine,
  service: string,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const paths = servicePaths(machine.roots, service);
  const registration = await withLock(paths, service, () =>
    registerWriter(machine.system, paths, 'command', what),
  );
  try {
    return await work();
  } finally {
    await registration.release();
  }
}
