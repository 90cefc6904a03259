import { MemorydError } from '../errors.ts';
import type { Roots, ServicePaths } from '../layout.ts';
import type { Backend } from '../platform/backend.ts';
import { findEndpoint } from '../runtime/find-endpoint.ts';
import { healthOf } from '../runtime/health.ts';
import { readRuns } from '../runtime/run-history-file.ts';
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

/** Whether the service answers, or what was seen instead. */
type Answer = { kind: 'yes' } | { kind: 'no'; seen: string };

async function answerOf({ system, roots, service }: VerifyTarget, build: string): Promise<Answer> {
  const no = (seen: string): Answer => ({ kind: 'no', seen });
  const state = await findEndpoint(system, roots, service);
  if (state.kind === 'silent') return no(`its process ${state.endpoint.pid} does not answer: ${state.why}`);
  if (state.kind !== 'live') return no('no process of it answers');
  const { endpoint, report } = state;
  if (endpoint.build !== build) return no(`another build of it runs: ${endpoint.build}`);
  if (report.phase !== 'ready') return no(report.foreign?.why ?? `it is ${report.phase}`);
  const health = await healthOf(system, state);
  // `overloaded`: other programs use all of its HTTP connections, so it can be asked over the control channel only.
  if (health.kind === 'healthy' || health.kind === 'overloaded') return { kind: 'yes' };
  return no(`${endpoint.url}: ${health.why}`);
}

/** Why the host itself gave up since `since`: no manager tells that of a host that it goes on restarting (N09). */
async function gaveUp({ system, paths }: VerifyTarget, since: Date): Promise<string | undefined> {
  const runs = await readRuns(system, paths);
  const isNew = (at: string) => Date.parse(at) >= since.getTime();
  if (runs?.parked && isNew(runs.parked.at)) return runs.parked.reason;
  const last = runs?.lastExit;
  return last?.kind === 'refused' && isNew(last.at) ? last.reason : undefined;
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
  for (;;) {
    const answer = await answerOf(target, build);
    if (answer.kind === 'yes') return;
    if (clock.monotonic() > end) {
      const after = `it does not answer after ${Math.round(timeoutMs / 1000)} s`;
      throw await failed(target, since, `${after}: ${answer.seen}`);
    }
    if (clock.monotonic() > askAgain) {
      const reason = (await gaveUp(target, since)) ?? failure(await target.backend.observe(target.service));
      if (reason !== undefined && (await answerOf(target, build)).kind !== 'yes')
        throw await failed(target, since, reason);
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
  // What the host recorded may go on with the last lines of the daemon, which are in the log too.
  const [first = ''] = reason.split('\n');
  return new MemorydError('failed', `"${service}" did not come up: ${first}`, {
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
