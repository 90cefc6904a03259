import { MemorydError } from '../errors.ts';
import { type Roots, type ServicePaths, servicePaths } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { createBackend } from '../platform/select.ts';
import { sweepLeftovers } from '../runtime/leftovers.ts';
import { checkName } from '../service/name.ts';
import { acquireLock } from '../system/lock.ts';
import type { System } from '../system/system.ts';
import { type Progress, type Recovery, recover } from './apply.ts';
import type { StepContext, StepEvent } from './context.ts';
import { Journal } from './journal.ts';
import { keepPrivate } from './keep-private.ts';
import { waitForAnswer, waitForSilence } from './verify.ts';

/** What every changing command needs. */
export interface Machine {
  system: System;
  roots: Roots;
  /** The roots after a clean login of this user. Differences are passed to the host as flags. */
  usualRoots: Roots;
  /** XDG_CONFIG_HOME or its default: managers look for units there. */
  configHome: string;
  progress?: Progress;
  tell?: (event: StepEvent) => void;
}

/** A service whose lock is held, after interrupted changes were ended. */
export interface Change {
  machine: Machine;
  service: string;
  paths: ServicePaths;
  journal: Journal;
  /** What was done with an interrupted change. */
  recovery: Recovery;
}

/** How long to wait for another change. An install takes seconds (X09). */
const lockWaitMs = 120_000;
/** A daemon that was just verified. */
const daemonWaitMs = 5000;

export function stepContext(change: Omit<Change, 'recovery'>, backend: Backend): StepContext {
  const { machine, service, journal, paths } = change;
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

async function recoverLast(change: Omit<Change, 'recovery'>): Promise<Recovery> {
  const interrupted = await change.journal.read();
  if (interrupted === undefined) {
    // A journal without a header had not begun.
    await change.journal.close();
    return 'nothing';
  }
  const { system, roots } = change.machine;
  const backend = await createBackend(interrupted.header.backend, system, roots);
  return recover(interrupted, stepContext(change, backend));
}

/** Runs `work` under the lock of the service. Throws `failed` if another change holds the lock for two minutes. */
export async function holdingLock<T>(
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
export async function changing<T>(
  machine: Machine,
  name: string,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const service = checkName(name);
  const paths = servicePaths(machine.roots, service);
  return holdingLock(paths, service, async () => {
    const base = { machine, service, paths, journal: new Journal(paths.journal) };
    const recovery = await recoverLast(base);
    return work({ ...base, recovery });
  });
}

/** The service for a dry run, without its lock. */
export function changeless(machine: Machine, name: string): Pick<Change, 'machine' | 'service' | 'paths'> {
  const service = checkName(name);
  return { machine, service, paths: servicePaths(machine.roots, service) };
}
