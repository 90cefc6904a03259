import { MemorydError } from '../errors.ts';
import type { Roots, ServicePaths } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { findEndpoint } from '../runtime/find-endpoint.ts';
import { healthOf } from '../runtime/health.ts';
import type { LastExit, UnitObservation } from '../service/unit.ts';
import type { System } from '../system/system.ts';
import { failureDetail } from './failure-detail.ts';

interface VerifyTarget {
  system: System;
  roots: Roots;
  backend: Backend;
  service: string;
  paths: ServicePaths;
}

const pollMs = 15;
/** How often the manager is asked during the wait. It knows of failures that leave no endpoint. */
const askManagerMs = 500;

/** Gives how a process exited as the end of a message. Gives '' when that is unknown. */
export function exitText(exit: LastExit | undefined): string {
  if (exit === undefined) return '';
  if (exit.kind === 'signal') return `, killed by ${exit.signal}`;
  return `, exit ${exit.code}${exit.meaning === undefined ? '' : ` (${exit.meaning})`}`;
}

/** The permanent failure that the manager reports, if any. */
function failure(unit: UnitObservation): string | undefined {
  if (unit.kind !== 'registered') return unit.kind === 'absent' ? 'the unit is gone' : unit.reason;
  if (unit.process.kind === 'failed') return `${unit.process.reason}${exitText(unit.lastExit)}`;
  return undefined;
}

async function answers({ system, roots, service }: VerifyTarget, build: string): Promise<boolean> {
  const state = await findEndpoint(system, roots, service);
  if (state.kind !== 'live' || state.endpoint.build !== build || state.report.phase !== 'ready') return false;
  // `overloaded`: other programs use all of its HTTP connections, so it can be asked over the control channel only.
  return ['healthy', 'overloaded'].includes((await healthOf(system, state)).kind);
}

/**
 * Resolves when the service answers over HTTP with its own identity and the given build.
 * Throws `failed` when the service has failed or `timeoutMs` has passed, with the manager's reason and the last lines
 * of the daemon's log.
 */
export async function waitForAnswer(target: VerifyTarget, build: string, timeoutMs: number): Promise<void> {
  const { clock } = target.system;
  const since = clock.now();
  const end = clock.monotonic() + timeoutMs;
  let askAgain = clock.monotonic() + askManagerMs;
  while (!(await answers(target, build))) {
    if (clock.monotonic() > end)
      throw await failed(target, since, `it does not answer after ${Math.round(timeoutMs / 1000)} s`);
    if (clock.monotonic() > askAgain) {
      const reason = failure(await target.backend.observe(target.service));
      if (reason !== undefined && !(await answers(target, build))) throw await failed(target, since, reason);
      askAgain = clock.monotonic() + askManagerMs;
    }
    await clock.sleep(pollMs);
  }
}

async function failed(
  { system, service, paths }: VerifyTarget,
  since: Date,
  reason: string,
): Promise<MemorydError> {
  const words = await failureDetail(system.files, service, paths, since);
  return new MemorydError('failed', `"${service}" did not come up: ${reason}`, {
    ...(words === undefined ? {} : { words }),
    hint: `memoryd logs ${service}`,
  });
}

/**
 * Resolves when nothing answers for the service any more. Throws `failed` when something still does after `timeoutMs`
 * (X02).
 */
export async function waitForSilence(
  { system, roots, service }: VerifyTarget,
  timeoutMs: number,
): Promise<void> {
  const end = system.clock.monotonic() + timeoutMs;
  for (;;) {
    const state = await findEndpoint(system, roots, service);
    if (state.kind !== 'live') return;
    if (system.clock.monotonic() > end) {
      throw new MemorydError(
        'failed',
        `it still answers on port ${state.endpoint.port} as pid ${state.endpoint.pid}`,
        {
          hint: `memoryd stop ${service}`,
        },
      );
    }
    await system.clock.sleep(pollMs);
  }
}
