import { MemorydError } from '../errors.ts';
import { appDirectory, definitionsDirectory, type Roots } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { recordedDirectory } from '../runtime/runtime-directory.ts';
import type { Observation } from '../service/observation.ts';
import { planUninstall, type RemovalTarget } from '../service/plan-uninstall.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Plan } from '../service/step.ts';
import type { BackendName, UnitObservation } from '../service/unit.ts';
import { unknownUnit } from '../service/unknown-unit.ts';
import { refuseWriters, type Writer } from '../service/writer.ts';
import type { Files } from '../system/files.ts';
import { apply } from './apply.ts';
import { findBackend, likelyBackend } from './find-backend.ts';
import { observe, observeDisk } from './observe.ts';
import type { Recovery } from './recover.ts';
import { refuseSudo } from './refuse-sudo.ts';
import { type LockedService, type Machine, stepContext, withServiceLock } from './service-lock.ts';
import { sweep } from './sweep.ts';
import { type ObservedWriters, observeWriters, writersBeside } from './writers.ts';

export interface UninstallRequest {
  name: string;
  /** Also remove memories and logs. The caller must have asked the user. */
  purge: boolean;
  backend?: BackendName | undefined;
}

export interface PreparedUninstall {
  plan: Plan;
  backend: Backend;
  observed: Observation;
  /** Processes that memoryd did not start and that keep running, on data that is not touched. */
  beside: Writer[];
}

export interface UninstallOutcome extends PreparedUninstall {
  recovery: Recovery;
  /** The memories that are kept, if any. */
  left: string[];
  /** What the user should know: what of an interrupted change could not be undone, and what is not ours. */
  notes: string[];
}

type ServiceOf = Pick<LockedService, 'machine' | 'service' | 'paths'> &
  Partial<Pick<LockedService, 'interruptedBackend'>>;

const verifyTimeoutMs = 20_000;

/** Whether this user has other services: then the private copies stay. */
async function othersInstalled(files: Files, roots: Roots, service: string): Promise<boolean> {
  const definitions = await files.list(definitionsDirectory(roots));
  return definitions.some((name) => name.endsWith('.json') && name !== `${service}.json`);
}

function removalTargetOf(
  { machine: { roots }, service, paths }: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  unitPaths: string[],
  pidFiles: string[],
  last: boolean,
  purge: boolean,
): RemovalTarget {
  return {
    service,
    unitPaths,
    files: [paths.definition, paths.secrets],
    pidFiles,
    trees: [paths.state, paths.logs, ...(last ? [appDirectory(roots)] : [])],
    memories: [paths.data, paths.backups],
    purge,
    verifyTimeoutMs,
  };
}

/** How long a host may take to end, or to become the unit's own: files and manager notice a restart at different times. */
const settleMs = 1_000;
const settlePollMs = 200;

/** The writers beside the unit, once those that end or restart just now have done so. */
async function settledWriters(
  locked: ServiceOf,
  backend: Backend,
  seen: ObservedWriters,
  unit: UnitObservation,
): Promise<Writer[]> {
  const { clock } = locked.machine.system;
  const end = clock.monotonic() + settleMs;
  let left = await writersBeside(locked, seen, unit);
  while (left.some(({ kind }) => kind === 'host') && clock.monotonic() < end) {
    await clock.sleep(settlePollMs);
    const writers = await observeWriters(locked);
    left = await writersBeside(locked, writers, await backend.observe(locked.service));
  }
  return left;
}

/**
 * Throws before anything is stopped if a process would keep writing: otherwise half of a service would be left. Gives
 * the neighbours, which are only reported.
 */
async function refuseWhileWritten(
  locked: ServiceOf,
  backend: Backend,
  seen: ObservedWriters,
  { unit }: Observation,
): Promise<Writer[]> {
  // If the manager cannot be asked, that is reported as the reason instead.
  if (unit.kind === 'unknown') return [];
  const left = await settledWriters(locked, backend, seen, unit);
  refuseWriters(locked.service, left, locked.machine.system.platform);
  const [unread] = seen.unreadable;
  if (unread === undefined) return left;
  throw new MemorydError(
    'permission',
    `cannot tell whether a process still writes ${unread.path}: ${unread.why}`,
    {
      hint: shellLine(['ls', '-l', unread.path]),
    },
  );
}

/** Works out the plan of an uninstall. Changes nothing. Throws `failed` if a process would keep writing. */
export async function prepareUninstall(
  locked: ServiceOf,
  request: UninstallRequest,
): Promise<PreparedUninstall> {
  const { machine, service } = locked;
  const { files } = machine.system;
  const backend =
    (await findBackend(locked, request.backend, locked.interruptedBackend)) ?? (await likelyBackend(machine));
  const unitPaths = backend.unitPaths(service);
  const last = !(await othersInstalled(files, machine.roots, service));
  const writers = await observeWriters(locked);
  const target = removalTargetOf(locked, unitPaths, writers.stale, last, request.purge);
  const observed = await observeDisk(
    locked,
    await observe(machine, service, backend),
    [...unitPaths, ...target.files],
    [...target.trees, ...target.memories],
  );
  const plan = planUninstall(target, observed);
  const beside = plan.steps.length > 0 ? await refuseWhileWritten(locked, backend, writers, observed) : [];
  return { plan, backend, observed, beside };
}

/** Throws `failed` if something of ours is still registered; gives what is there that is not ours. */
async function verifyRemoved(
  { service }: Pick<LockedService, 'service'>,
  backend: Backend,
): Promise<string | undefined> {
  const unit = await backend.observe(service);
  if (unit.kind === 'foreign') return `${unit.path} is not ours and was not touched: ${unit.reason}`;
  if (unit.kind !== 'registered') return undefined;
  throw new MemorydError('failed', `${unit.path} is still registered with ${backend.name}`, {
    hint: `memoryd uninstall ${service}`,
  });
}

/**
 * Removes a service, and resolves when nothing answers for it, nothing of it is registered, and only kept data is left.
 * An interrupted change does not keep it from that: what of it could not be undone is told (N01). A run that is killed
 * is finished by the next one. Throws `not-installed` if there is nothing of ours.
 */
export async function uninstall(machine: Machine, request: UninstallRequest): Promise<UninstallOutcome> {
  refuseSudo(machine.system);
  return withServiceLock(machine, request.name, (locked) => remove(locked, request), 'end');
}

async function remove(locked: LockedService, request: UninstallRequest): Promise<UninstallOutcome> {
  const { machine, service, recovery, notRecovered } = locked;
  const prepared = await prepareUninstall(locked, request);
  const { plan, observed, backend } = prepared;
  const chosen = observed.definition.kind === 'valid' ? observed.definition.definition.dataDir : undefined;
  if (observed.unit.kind === 'unknown') throw unknownUnit(observed.unit);
  const published = await recordedDirectory(machine.system, machine.roots, service);
  // What could not be undone is not needed any more: everything goes.
  await locked.journal.close();
  await apply(plan, stepContext(locked, backend), machine.progress);
  const kept = await sweep(locked, published, backend.unitPaths(service));
  // A directory that the user named may hold more than memories: it is named, and not removed.
  const isThere = chosen !== undefined && (await machine.system.files.inspect(chosen)).kind !== 'absent';
  const left = isThere ? [...kept, chosen] : kept;
  const foreign = await verifyRemoved(locked, backend);
  if (plan.steps.length === 0 && recovery === 'nothing') {
    throw new MemorydError('not-installed', `"${service}" is not installed`, {
      hint: `memoryd install ${service}`,
    });
  }
  const undoing = notRecovered === undefined ? [] : [`not undone: ${notRecovered}`];
  return { ...prepared, recovery, left, notes: [...undoing, ...(foreign === undefined ? [] : [foreign])] };
}
