import type { ConnectionReport } from './connection-report.ts';
import type { ExternalStatus } from './external-status.ts';
import type { StoreProblem } from './store-problem.ts';
import type { BackendName, LastExit } from './unit.ts';

/** The state of a service. */
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

/** The three layers of health: the endpoint file, the process it names, and the answer over HTTP. */
export interface HealthLayers {
  endpoint: 'absent' | 'unreadable' | 'invalid' | 'stale' | 'found';
  process: 'gone' | 'identified' | 'unknown';
  /** `overloaded`: the host says that strangers hold its connections, and nothing else answered over TCP. */
  http: 'healthy' | 'unhealthy' | 'stranger' | 'silent' | 'overloaded' | 'not-asked';
}

/** What the running daemon reports about itself. */
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
  /** Why memories cannot be read or stored. */
  store?: StoreProblem | undefined;
  /** Only for external daemons. */
  external?: ExternalStatus | undefined;
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

/** How the unit files on disk differ from those that the last install wrote. */
export type Drift = 'none' | 'changed' | 'missing' | 'unknown';

/** The paths of a service. */
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
  /** Why memories cannot be read or stored. Null while nothing is known to be wrong, and while nothing runs. */
  store: StoreProblem | null;
  /** Null for the bundled daemon, and while nothing runs. */
  external: ExternalStatus | null;
  /** Who holds the connections of its port. Null while nothing runs, and when the daemon listens by itself. */
  connections: ConnectionReport | null;
  paths: StatusPaths;
  /** Notes for the user, each with a command to try. */
  notes: { text: string; hint: string | null }[];
}
