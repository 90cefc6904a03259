import { dirname } from 'node:path';
import { codeOf, MemorydError } from '../errors.ts';
import { type Roots, type ServicePaths, servicePaths } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { createBackend } from '../platform/select.ts';
import { sweepLeftovers } from '../runtime/leftovers.ts';
import { checkName } from '../service/name.ts';
import type { BackendName } from '../service/unit.ts';
import { acquireLock } from '../system/lock.ts';
import type { IgnoredVariable } from '../system/own-variables.ts';
import { parentsBelow, removeWhileEmpty } from '../system/parents.ts';
import type { System } from '../system/system.ts';
import type { Progress } from './apply.ts';
import type { StepContext, StepEvent } from './context.ts';
import { explained } from './disk-error.ts';
import { type Interrupted, Journal } from './journal.ts';
import { keepPrivate } from './keep-private.ts';
import { type Recovered, type Recovery, reasonsOf, recover } from './recover.ts';
import { machineFor } from './service-machine.ts';
import { waitForAnswer, waitForSilence } from './verify.ts';

/** What every changing command needs. */
export interface Machine {
  system: System;
  roots: Roots;
  /**
   * The roots after a clean login of this user. Differences are passed to the host as flags. Asks the password database,
   * so only an install calls it.
   */
  usualRoots(): Roots;
  /** XDG_CONFIG_HOME or its default: managers look for units there. */
  configHome: string;
  /** The roots follow from the variables of this shell: a service may have others (see service-machine.ts). */
  fromShell?: boolean;
  /** Variables of this shell that are not used. */
  ignored?: readonly IgnoredVariable[];
  progress?: Progress;
  tell?: (event: StepEvent) => void;
}

/** A service whose lock is held, after interrupted changes were ended. */
export interface LockedService {
  machine: Machine;
  service: string;
  paths: ServicePaths;
  journal: Journal;
  /** What was done with an interrupted change. */
  recovery: Recovery;
  /** Why parts of that could not be done; only where the command goes on without them (see `Purpose`). */
  notRecovered: string | undefined;
  /** The backend of the interrupted change, which may be another one than that of the last install. */
  interruptedBackend: BackendName | undefined;
  /** Removes the lock file of a service that is gone: at once, or on Windows when the lock is released. */
  discardLock(): Promise<void>;
}

type UnrecoveredService = Pick<LockedService, 'machine' | 'service' | 'paths' | 'journal'>;

/**
 * What a command wants of the service. `change` needs the state before an interrupted change. `end` (stop, uninstall)
 * does not: nothing is started for it, and what cannot be undone does not keep it from its work (N01).
 */
export type Purpose = 'change' | 'end';

/** How long to wait for another change. An install takes seconds (X09). */
const lockWaitMs = 120_000;
/** A daemon that was just verified. */
const daemonWaitMs = 5000;

export function stepContext(locked: UnrecoveredService, backend: Backend): StepContext {
  const { machine, service, journal, paths } = locked;
  const target = { system: machine.system, roots: machine.roots, backend, service, paths };
  return {
    system: machine.system,
    backend,
    service,
    paths,
    journal,
    keepPrivate: () => keepPrivate(machine),
    verify: (build, timeoutMs) => waitForAnswer(target, build, timeoutMs),
    async verifyGone(timeoutMs) {
      await waitForSilence(target, timeoutMs);
      // A killed host leaves behind processes of its daemon that had left its group (L08).
      await sweepLeftovers(machine.system, paths);
    },
    async daemon() {
      const { awaitOwnDaemon } = await import('../runtime/own-daemon.ts');
      return awaitOwnDaemon(machine.system, machine.roots, service, daemonWaitMs);
    },
    tell: machine.tell,
  };
}

type Ended = Pick<LockedService, 'recovery' | 'notRecovered' | 'interruptedBackend'>;

async function readJournal(locked: UnrecoveredService, purpose: Purpose): Promise<Interrupted | undefined> {
  try {
    return await locked.journal.read();
  } catch (error) {
    if (purpose === 'end') return undefined;
    throw error;
  }
}

async function recoverLast(locked: UnrecoveredService, purpose: Purpose): Promise<Ended> {
  const interrupted = await readJournal(locked, purpose);
  if (interrupted === undefined) {
    // A journal without a header had not begun.
    await locked.journal.close().catch((error: unknown) => {
      if (purpose === 'change') throw error;
    });
    return { recovery: 'nothing', notRecovered: undefined, interruptedBackend: undefined };
  }
  const { system, roots } = locked.machine;
  const { backend: name, command } = interrupted.header;
  const backend = await createBackend(name, system, roots);
  const context = { ...stepContext(locked, backend), mayStart: purpose === 'change' };
  const recovered = await recover(interrupted, context);
  if (purpose === 'change' && recovered.kept) throw notRecovered(locked.service, command, recovered);
  const { recovery, failures } = recovered;
  const reasons = failures.length === 0 ? undefined : reasonsOf(failures);
  return { recovery, notRecovered: reasons, interruptedBackend: name };
}

function notRecovered(service: string, command: string, { recovery, failures }: Recovered): MemorydError {
  const known = failures.map(({ error }) => error).find((error) => error instanceof MemorydError);
  const message = `the interrupted ${command} before this cannot be ${recovery}: ${reasonsOf(failures)}`;
  return new MemorydError(known?.kind ?? 'failed', message, {
    hint: known?.hint ?? `memoryd uninstall ${service}`,
    ...(known?.words === undefined ? {} : { words: known.words }),
  });
}

/** Runs `work` under the lock of the service. Throws `failed` if another change holds the lock for two minutes. */
export async function withLock<T>(
  { lock: path }: Pick<ServicePaths, 'lock'>,
  service: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(path, { waitMs: lockWaitMs });
  if (lock === undefined)
    throw new MemorydError('failed', `another memoryd is changing "${service}" right now`);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * Runs `work` as the only change of the service, after ending an interrupted change. Throws `failed` if another change
 * holds the lock for two minutes.
 */
export async function withServiceLock<T>(
  shell: Machine,
  name: string,
  work: (locked: LockedService) => Promise<T>,
  purpose: Purpose = 'change',
): Promise<T> {
  const service = checkName(name);
  const machine = await machineFor(shell, service);
  const paths = servicePaths(machine.roots, service);
  let isDiscarded = false;
  const discardLock = async () => {
    // Windows does not remove a file that is open. Elsewhere it goes under the lock, so that nobody else has it by then.
    if (machine.system.platform === 'win32') isDiscarded = true;
    else await machine.system.files.remove(paths.lock);
  };
  try {
    return await withLock(paths, service, async () => {
      const base = { machine, service, paths, journal: new Journal(paths.journal) };
      return work({ ...base, ...(await recoverLast(base, purpose)), discardLock });
    });
  } catch (error) {
    throw await explained(machine.system, error);
  } finally {
    if (isDiscarded) await removeReleased(machine, paths.lock);
  }
}

/** Removes a lock file that was released, unless another command has it open by now, and its empty directories. */
async function removeReleased({ system, roots }: Machine, path: string): Promise<void> {
  try {
    await system.files.remove(path);
  } catch (error) {
    if (!['EBUSY', 'EPERM', 'EACCES'].includes(codeOf(error) ?? '')) throw error;
    return;
  }
  // On Windows the state lies inside the data.
  const root = Object.values(roots).find((candidate) => path.startsWith(candidate)) ?? roots.state;
  await removeWhileEmpty(parentsBelow(path, dirname(root)));
}

/** The service for a dry run, without its lock. */
export async function dryRunService(
  shell: Machine,
  name: string,
): Promise<Pick<LockedService, 'machine' | 'service' | 'paths'>> {
  const service = checkName(name);
  const machine = await machineFor(shell, service);
  return { machine, service, paths: servicePaths(machine.roots, service) };
}
