import { setTimeout as delay } from 'node:timers/promises';
import { findEndpoint } from '../host/find-endpoint.ts';
import { healthOf } from '../host/health-probe.ts';
import { registeredWriters } from '../host/writers.ts';
import type { System } from '../system/system.ts';
import type { Change } from './change.ts';

/** A process by its start identity. */
interface Run {
  pid: number;
  start: string | null;
}

/** How a service is, as far as a start has to know. */
export type Condition =
  /** The build asked for answers, and does what it is for. */
  | { kind: 'serves' }
  /** Nothing is there, or it is on its way up or down. */
  | { kind: 'down' }
  /** Alive and of no use: only a restart heals that. `silent` does not even answer when it is asked to stop. */
  | { kind: 'stuck'; why: string; silent: Run | undefined };

const secondLookMs = 500;

async function look(
  { machine: { system, roots }, service, paths }: Pick<Change, 'machine' | 'service' | 'paths'>,
  build: string,
): Promise<Condition> {
  const state = await findEndpoint(system, roots, service);
  if (state.kind === 'silent') return { kind: 'stuck', why: state.why, silent: state.endpoint };
  if (state.kind === 'live') {
    const { phase, foreign } = state.report;
    const health = await healthOf(system, state);
    // Strangers who hold its connections would hold those of the next process too: a restart does not help.
    const serves = health.kind === 'healthy' || health.kind === 'overloaded';
    if (serves && phase === 'ready' && state.endpoint.build === build) return { kind: 'serves' };
    // A foreign daemon is looked after by its host, and a host that starts or stops is not done.
    if (serves || phase !== 'ready' || foreign !== undefined) return { kind: 'down' };
    return { kind: 'stuck', why: `it answers, but not over HTTP: ${health.why}`, silent: undefined };
  }
  // It has published before it registered, so what it published is gone or broken.
  const writers = await registeredWriters(system, paths);
  if (!writers.some(({ role }) => role === 'host')) return { kind: 'down' };
  return { kind: 'stuck', why: `it lives, and its endpoint file is ${state.kind}`, silent: undefined };
}

/** Looks twice before it calls a service stuck: a host that is on its way out can seem so for a moment. */
export async function conditionOf(
  change: Pick<Change, 'machine' | 'service' | 'paths'>,
  build: string,
): Promise<Condition> {
  const first = await look(change, build);
  if (first.kind !== 'stuck') return first;
  await delay(secondLookMs);
  return look(change, build);
}

/** Ends a process that does not listen. Managers and supervisors would wait for it for as long as a stop may take. */
export function endSilent(
  { processes }: Pick<System, 'processes'>,
  { silent }: Condition & { kind: 'stuck' },
): void {
  if (silent !== undefined) processes.signal(silent.pid, silent.start ?? undefined, 'SIGKILL');
}
