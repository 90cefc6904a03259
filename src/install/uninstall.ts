import { MemorydError } from '../errors.ts';
import { appDirectory, definitionsDirectory, type Roots } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { createBackend, nativeBackend } from '../platform/select.ts';
import { recordedDirectory } from '../runtime/runtime-directory.ts';
import type { Observation } from '../service/observation.ts';
import { planUninstall, type RemovalTarget } from '../service/plan-uninstall.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Plan } from '../service/step.ts';
import type { BackendName } from '../service/unit.ts';
import { unknownUnit } from '../service/unknown-unit.ts';
import { refuseWriters, type Writer } from '../service/writer.ts';
import type { Files } from '../system/files.ts';
import { apply, type Recovery } from './apply.ts';
import { observe, observeDisk } from './observe.ts';
import { readReceipt } from './observe-files.ts';
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
}

type ServiceOf = Pick<LockedService, 'machine' | 'service' | 'paths'>;

const verifyTimeoutMs = 20_000;

/** The backend of the install. Without a receipt, the native backend is asked, as far as possible. */
async function backendOf({ machine, paths }: Pick<LockedService, 'machine' | 'paths'>, asked?: BackendName) {
  const { system, roots } = machine;
  const seen = await readReceipt(system.files, paths);
  const name = asked ?? (seen.kind === 'valid' ? seen.receipt.backend : undefined);
  const backend = await createBackend(name ?? nativeBackend(system.platform), system, roots);
  const asking = name !== undefined || (await backend.available()).kind === 'usable';
  return asking ? backend : createBackend('standalone', system, roots);
}

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
    memories: [paths.data],
    purge,
    verifyTimeoutMs,
  };
}

/**
 * Throws before anything is stopped if a process would keep writing: otherwise half of a service would be left. Gives
 * the neighbours, which are only reported.
 */
async function refuseWhileWritten(
  locked: ServiceOf,
  seen: ObservedWriters,
  { unit }: Observation,
): Promise<Writer[]> {
  // If the manager cannot be asked, that is reported as the reason instead.
  if (unit.kind === 'unknown') return [];
  const left = await writersBeside(locked, seen, unit);
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
  const backend = await backendOf(locked, request.backend);
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
  const beside = plan.steps.length > 0 ? await refuseWhileWritten(locked, writers, observed) : [];
  return { plan, backend, observed, beside };
}

/**
 * Removes a service, and resolves when nothing answers for it and only kept data is left. A run that fails or is
 * killed is finished by the next one. Throws `not-installed` if there is nothing of ours.
 */
export async function uninstall(machine: Machine, request: UninstallRequest): Promise<UninstallOutcome> {
  refuseSudo(machine.system);
  return withServiceLock(machine, request.name, async (locked) => {
    const prepared = await prepareUninstall(locked, request);
    const { plan, observed } = prepared;
    if (observed.unit.kind === 'unknown') throw unknownUnit(observed.unit);
    const published = await recordedDirectory(machine.system, machine.roots, locked.service);
    await apply(plan, stepContext(locked, prepared.backend), machine.progress);
    const unitPaths = prepared.backend.unitPaths(locked.service);
    const left = await sweep(locked, published, unitPaths);
    if (plan.steps.length === 0 && locked.recovery === 'nothing') {
      throw new MemorydError('not-installed', `"${locked.service}" is not installed`, {
        hint: `memoryd install ${locked.service}`,
      });
    }
    return { ...prepared, recovery: locked.recovery, left };
  });
}
