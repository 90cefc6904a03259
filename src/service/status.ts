import type { ConnectionReport } from './connection-report.ts';
import type { ForeignReport } from './foreign-report.ts';
import type { BackendName, LastExit } from './unit.ts';

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
  /** `overloaded`: the host says that strangers hold its connections, and nothing else answered over TCP. */
  http: 'healthy' | 'unhealthy' | 'stranger' | 'silent' | 'overloaded' | 'not-asked';
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
  /** Absent when the daemon listens by itself. */
  connections?: ConnectionReport | undefined;
  /** Better directories for the endpoint file that could not be used; absent when there was none. */
  refusedRuntimes?: readonly RefusedDirectory[] | undefined;
}

/** A directory that could not be used, and the reason. */
export interface RefusedDirectory {
  path: string;
  why: string;
}

/** The unit files on disk beside what the last install wrote. */
export type Drift = 'none' | 'changed' | 'missing' | 'unknown';

/** Where what belongs to a service lies. */
export interface StatusPaths {
  config: string;
  data: string;
  logs: string;
  runtime: string;
  app: string;
  token: string;
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
  /** Who holds the connections of its port. Null while nothing runs, and when the daemon listens by itself. */
  connections: ConnectionReport | null;
  paths: StatusPaths;
  /** What is worth a sentence to the user, each with what to try. */
  notes: { text: string; hint: string | null }[];
}
