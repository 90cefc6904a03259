import type { ServiceState, ServiceStatus } from './status.ts';
import { notesOf } from './status-notes.ts';
import type { StatusObservation } from './status-observation.ts';

function stateOf({ unit, running, definition, layers, gaveUp }: StatusObservation): ServiceState {
  if (running !== undefined) return running.phase === 'ready' ? 'running' : running.phase;
  if (unit.kind === 'foreign') return 'foreign';
  if (unit.kind === 'unknown') return 'unknown';
  if (unit.kind === 'absent')
    return definition === 'absent' && layers.process !== 'identified' ? 'not-installed' : 'stopped';
  const { kind } = unit.process;
  // A host that has given up may stay alive, because launchd would restart it whatever its exit code is.
  if (gaveUp !== undefined && (kind === 'running' || kind === 'starting' || kind === 'waiting'))
    return 'failed';
  switch (kind) {
    case 'running':
      return 'starting';
    case 'unknown':
      return 'unknown';
    default:
      return kind;
  }
}

function reasonOf({ unit, gaveUp, running, stopIntent }: StatusObservation): string | null {
  if (running !== undefined) return running.store?.reason ?? null;
  if (gaveUp !== undefined) return gaveUp;
  if (unit.kind === 'foreign' || unit.kind === 'unknown') return unit.reason;
  if (unit.kind !== 'registered') return null;
  const { process } = unit;
  if (unit.enabled === 'masked') return 'masked';
  if (process.kind === 'failed' || process.kind === 'waiting' || process.kind === 'unknown')
    return process.reason;
  return stopIntent ? 'stopped by you' : null;
}

/** The status that follows from an observation (pure). */
export function statusOf(seen: StatusObservation, cli: { version: string; build: string }): ServiceStatus {
  const { unit, running } = seen;
  const registered = unit.kind === 'registered' ? unit : undefined;
  const state = stateOf(seen);
  return {
    name: seen.name,
    state,
    healthy: state === 'running' && seen.layers.http === 'healthy' && running?.store === undefined,
    backend: seen.backend,
    layers: seen.layers,
    unit: {
      path: registered?.path ?? (unit.kind === 'foreign' ? unit.path : null),
      enabled: registered?.enabled ?? 'unknown',
      drift: seen.drift,
      dropIns: registered?.dropIns ?? [],
    },
    endpoint:
      running === undefined
        ? null
        : {
            url: running.url,
            port: running.port,
            pid: running.pid,
            startedAt: running.startedAt,
            version: running.version,
            build: running.build,
          },
    uptimeMs: running?.uptimeMs ?? null,
    memoryBytes: running?.rssBytes ?? null,
    restarts: running?.restarts ?? registered?.restarts ?? null,
    lastExit: registered?.lastExit ?? null,
    reason: reasonOf(seen),
    counters: running?.counters ?? {},
    store: running?.store ?? null,
    external: running?.external ?? null,
    connections: running?.connections ?? null,
    paths: seen.paths,
    notes: notesOf(seen, cli),
  };
}
