import { findEndpoint } from '../runtime/find-endpoint.ts';
import { healthOf } from '../runtime/health.ts';
import { registeredWriters } from '../runtime/writers.ts';
import type { System } from '../system/system.ts';
import type { LockedService } from './service-lock.ts';

/** A process by its start identity. */
interface ProcessIdentity {
  pid: number;
  start: string | null;
}

/** The state of a service, as far as a start needs it. */
export type Liveness =
  /** The requested build answers and works. */
  | { kind: 'serves' }
  /** It does not run, or is starting or stopping. */
  | { kind: 'down' }
  /** Alive but unresponsive: only a restart helps. `silent` does not even answer a stop request. */
  | { kind: 'unresponsive'; why: string; silent: ProcessIdentity | undefined };

const secondLookMs = 500;

async function observeLiveness(
  { machine: { system, roots }, service, paths }: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  build: string,
): Promise<Liveness> {
  const state = await findEndpoint(system, roots, service);
  if (state.kind === 'silent') return { kind: 'unresponsive', why: state.why, silent: state.endpoint };
  if (state.kind === 'live') {
    const { phase, foreign } = state.report;
    const health = await healthOf(system, state);
    // Other users who hold its connections would hold those of the next process too: a restart does not help.
    const serves = health.kind === 'healthy' || health.kind === 'overloaded';
    if (serves && phase === 'ready' && state.endpoint.build === build) return { kind: 'serves' };
    // The host monitors an external daemon, and a host that is starting or stopping is not finished.
    if (serves || phase !== 'ready' || foreign !== undefined) return { kind: 'down' };
    return { kind: 'unresponsive', why: `it answers, but not over HTTP: ${health.why}`, silent: undefined };
  }
  // A host publishes its endpoint before it registers, so the endpoint was removed or damaged.
  const writers = await registeredWriters(system, paths);
  if (!writers.some(({ role }) => role === 'host')) return { kind: 'down' };
  return {
    kind: 'unresponsive',
    why: `it is running, but its endpoint file is ${state.kind}`,
    silent: undefined,
  };
}

/** Checks twice before it calls a service stuck, because a host that is exiting can look like that for a moment. */
export async function livenessOf(
  locked: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  build: string,
): Promise<Liveness> {
  const first = await observeLiveness(locked, build);
  if (first.kind !== 'unresponsive') return first;
  await locked.machine.system.clock.sleep(secondLookMs);
  return observeLiveness(locked, build);
}

/** Kills a process that does not respond. Managers and supervisors would wait for the whole stop timeout. */
export function killUnresponsive(
  { processes }: Pick<System, 'processes'>,
  { silent }: Liveness & { kind: 'unresponsive' },
): void {
  if (silent !== undefined) processes.signal(silent.pid, silent.start ?? undefined, 'SIGKILL');
}
