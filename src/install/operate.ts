import { MemorydError } from '../errors.ts';
import { privateFiles } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { createBackend } from '../platform/select.ts';
import type { BackendName, Verb } from '../service/unit.ts';
import { closeExposedFiles } from '../system/exposed-files.ts';
import { dataDirectory } from './data-directory.ts';
import { findBackend } from './find-backend.ts';
import { killUnresponsive, livenessOf } from './liveness.ts';
import { readReceipt } from './observe-files.ts';
import { refuseNewerStore } from './refuse-newer-store.ts';
import { refuseSudo } from './refuse-sudo.ts';
import { type LockedService, type Machine, stepContext, withServiceLock } from './service-lock.ts';
import { perform } from './steps/manager.ts';

export type DailyVerb = Extract<Verb, 'start' | 'stop' | 'restart'>;

export interface OperateRequest {
  name: string;
  verb: DailyVerb;
  backend?: BackendName | undefined;
}

const stopTimeoutMs = 20_000;
const answerTimeoutMs = 60_000;

/** The backend with which the service is registered, and the build that must answer. Throws `not-installed`. */
export async function installedBackend(
  { machine, service, paths }: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  asked: BackendName | undefined,
): Promise<{ backend: Backend; build: string }> {
  const { system, roots } = machine;
  const seen = await readReceipt(system.files, paths);
  if (seen.kind !== 'valid') throw notInstalled(service);
  return {
    backend: await createBackend(asked ?? seen.receipt.backend, system, roots),
    build: seen.receipt.build,
  };
}

function notInstalled(service: string): MemorydError {
  return new MemorydError('not-installed', `"${service}" is not installed`, {
    hint: `memoryd install ${service}`,
  });
}

/** Stops what is registered, whatever is left of the receipt or of an interrupted change (N01). */
async function stop(locked: LockedService, asked: BackendName | undefined): Promise<Operated> {
  const backend = await findBackend(locked, asked, locked.interruptedBackend);
  if (backend === undefined) throw notInstalled(locked.service);
  const context = stepContext(locked, backend);
  await perform(context, 'stop');
  await context.verifyGone(stopTimeoutMs);
  return { kind: 'stop' };
}

/** What was done. `recovered`: an unresponsive service was restarted. */
export type Operated = { kind: DailyVerb | 'nothing' } | { kind: 'recovered'; why: string };

/** Chooses the action. Starting a running service does nothing, unless the user had stopped it. */
async function chosen(
  locked: LockedService,
  verb: Exclude<DailyVerb, 'stop'>,
  build: string,
): Promise<Operated> {
  const { system } = locked.machine;
  const liveness = await livenessOf(locked, build);
  if (liveness.kind === 'unresponsive') {
    killUnresponsive(system, liveness);
    return { kind: 'recovered', why: liveness.why };
  }
  const wanted = (await system.files.inspect(locked.paths.stopIntent)).kind === 'absent';
  return { kind: verb === 'start' && liveness.kind === 'serves' && wanted ? 'nothing' : verb };
}

/** Starts, stops or restarts an installed service, and resolves when it answers, or when nothing answers any more. */
export async function operate(machine: Machine, { name, verb, backend }: OperateRequest): Promise<Operated> {
  refuseSudo(machine.system);
  if (verb === 'stop') return withServiceLock(machine, name, (locked) => stop(locked, backend), 'end');
  return withServiceLock(machine, name, (locked) => start(locked, verb, backend));
}

async function start(
  locked: LockedService,
  verb: Exclude<DailyVerb, 'stop'>,
  asked: BackendName | undefined,
): Promise<Operated> {
  const { backend, build } = await installedBackend(locked, asked);
  const context = stepContext(locked, backend);
  refuseNewerStore(await dataDirectory(locked.machine, locked.service));
  await closeExposedFiles(locked.machine.system, privateFiles(locked.paths));
  const operated = await chosen(locked, verb, build);
  if (operated.kind === 'nothing') return operated;
  await perform(context, operated.kind === 'recovered' ? 'restart' : operated.kind);
  await context.verify(build, answerTimeoutMs);
  return operated;
}
