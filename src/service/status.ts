import type { ForeignReport } from './foreign-report.ts';
import type { DefinitionObservation, ReceiptObservation } from './observation.ts';
import type { BackendName, LastExit, UnitObservation } from './unit.ts';

/** One word for how a service is. */
export type ServiceState =
  | 'running'
  | 'starting'
  | 'stopping'
  | 'waiting'
  | 'stopped'
  | 'failed'
  | 'not-installed'
  | 'foreign'
  | 'unknown';

/** The three layers of health, each told apart: where it says it is, whether that is it, whether it serves. */
export interface HealthLayers {
  endpoint: 'absent' | 'unreadable' | 'invalid' | 'stale' | 'found';
  process: 'gone' | 'identified' | 'unknown';
  http: 'healthy' | 'unhealthy' | 'stranger' | 'silent' | 'not-asked';
}

/** What the running daemon says of itself. */
export interface Running {
  url: string;
  port: number;
  pid: number;
  startedAt: string;
  version: string;
  build: string;
  uptimeMs: number;
  rssBytes: number;
  restarts: number;
  phase: 'starting' | 'ready' | 'stopping';
  counters: Readonly<Record<string, string | number | boolean | null>>;
  /** Only of a daemon that is not the bundled one. */
  foreign?: ForeignReport | undefined;
}

/** The unit files on disk beside what the last install wrote. */
export type Drift = 'none' | 'changed' | 'missing' | 'unknown';

/** Everything `status` looked at. */
export interface StatusObservation {
  name: string;
  backend: BackendName;
  unit: UnitObservation;
  definition: DefinitionObservation['kind'];
  /** Whether the definition asks for a start at login. */
  startAtLogin: boolean;
  receipt: ReceiptObservation;
  layers: HealthLayers;
  running: Running | undefined;
  drift: Drift;
  /** Why the host gave up, in its own words, when it did. */
  parked: string | undefined;
  stopIntent: boolean;
  interrupted: boolean;
  paths: { config: string; data: string; logs: string; runtime: string; app: string; token: string };
}

/** One service in `status --json`. */
export interface ServiceStatus {
  name: string;
  state: ServiceState;
  healthy: boolean;
  backend: BackendName;
  layers: HealthLayers;
  unit: { path: string | null; enabled: string; drift: Drift; dropIns: string[] };
  endpoint: {
    url: string;
    port: number;
    pid: number;
    startedAt: string;
    version: string;
    build: string;
  } | null;
  uptimeMs: number | null;
  memoryBytes: number | null;
  restarts: number | null;
  lastExit: LastExit | null;
  reason: string | null;
  counters: Running['counters'];
  /** Null for the bundled daemon, and while nothing runs. */
  foreign: ForeignReport | null;
  paths: StatusObservation['paths'];
  /** What is worth a sentence to the user, each with what to try. */
  notes: { text: string; hint: string | null }[];
}

function stateOf({ unit, running, definition, layers, parked }: StatusObservation): ServiceState {
  if (running !== undefined) return running.phase === 'ready' ? 'running' : running.phase;
  if (unit.kind === 'foreign') return 'foreign';
  if (unit.kind === 'unknown') return 'unknown';
  if (unit.kind === 'absent')
    return definition === 'absent' && layers.process !== 'identified' ? 'not-installed' : 'stopped';
  const { kind } = unit.process;
  // A host that has given up may wait for its end (launchd would start it again and again, whatever it exits with).
  if (parked !== undefined && (kind === 'running' || kind === 'starting' || kind === 'waiting'))
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

function reasonOf({ unit, parked, running, stopIntent }: StatusObservation): string | null {
  if (running !== undefined) return null;
  if (parked !== undefined) return parked;
  if (unit.kind === 'foreign' || unit.kind === 'unknown') return unit.reason;
  if (unit.kind !== 'registered') return null;
  const { process } = unit;
  if (process.kind === 'failed' || process.kind === 'waiting' || process.kind === 'unknown')
    return process.reason;
  return stopIntent ? 'stopped by you' : null;
}

type Note = ServiceStatus['notes'][number];

function notesOf(seen: StatusObservation, cli: { version: string; build: string }): Note[] {
  const { name, unit, receipt, running, drift, definition } = seen;
  const notes: Note[] = [];
  const note = (text: string, hint: string | null = null) => notes.push({ text, hint });
  if (seen.interrupted) note('the last change was cut off half-way', `memoryd install ${name}`);
  if (definition === 'invalid' || definition === 'unreadable')
    note(`the definition is ${definition}`, `memoryd print ${name}`);
  if (unit.kind === 'absent' && definition !== 'absent') note('the unit is gone', `memoryd install ${name}`);
  if (drift === 'changed')
    note('the unit file was edited since install', `memoryd install ${name} --dry-run`);
  if (drift === 'missing') note('a unit file is missing', `memoryd install ${name}`);
  if (unit.kind === 'registered') {
    for (const path of unit.dropIns) note(`changed by ${path}`);
    if (unit.needsReload)
      note('the unit changed on disk and is not in effect yet', `memoryd restart ${name}`);
    if (unit.enabled === 'disabled' && seen.startAtLogin)
      note('it does not start at login', `memoryd install ${name}`);
    if (unit.enabled === 'masked') note('the unit is masked');
    if (unit.note !== undefined) note(unit.note);
  }
  if (running !== undefined && receipt.kind === 'valid' && running.port !== receipt.receipt.port) {
    note(
      `moved from port ${receipt.receipt.port}, which was taken, to ${running.port}`,
      `memoryd install ${name}`,
    );
  }
  if (running !== undefined && running.build !== cli.build && cli.build !== 'source') {
    note(
      `it runs ${running.version}-${running.build}, this is ${cli.version}-${cli.build}`,
      `memoryd install ${name}`,
    );
  }
  for (const text of foreignNotes(running?.foreign)) note(text);
  if (seen.layers.http === 'stranger') note('another program answers on its port', `memoryd restart ${name}`);
  return notes;
}

function foreignNotes(foreign: ForeignReport | undefined): string[] {
  if (foreign === undefined) return [];
  const wrong = foreign.why === null ? [] : [`the daemon: ${foreign.why}`];
  const yielded = foreign.yielded ? ['another process of the same daemon serves, ours stands by'] : [];
  return [...wrong, ...yielded, ...foreign.warnings];
}

/** Puts what was seen of a service into one answer (pure). */
export function statusOf(seen: StatusObservation, cli: { version: string; build: string }): ServiceStatus {
  const { unit, running } = seen;
  const registered = unit.kind === 'registered' ? unit : undefined;
  const state = stateOf(seen);
  return {
    name: seen.name,
    state,
    healthy: state === 'running' && seen.layers.http === 'healthy',
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
    foreign: running?.foreign ?? null,
    paths: seen.paths,
    notes: notesOf(seen, cli),
  };
}
