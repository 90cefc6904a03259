import type { ConnectionReport } from '../service/connection-report.ts';
import type { ExternalReport } from '../service/external-report.ts';
import type { RefusedDirectory } from '../service/status.ts';
import type { StoreProblem } from '../service/store-problem.ts';

/** The phase of a host's life. */
export type HostPhase = 'starting' | 'ready' | 'stopping';

/** The report of a live host over the control channel. */
export interface HostReport {
  nonce: string;
  pid: number;
  version: string;
  build: string;
  phase: HostPhase;
  url: string;
  port: number;
  /** Measured with a clock that suspend and clock changes do not affect (X10). */
  uptimeMs: number;
  /** The number of unclean restarts since the user last started the service. */
  restarts: number;
  rssBytes: number;
  /** The number of lost log lines, for example because of a full disk. */
  droppedLogLines: number;
  /** Counters of the daemon; empty until it is loaded. */
  counters: Record<string, string | number | boolean | null>;
  /** Why memories cannot be read or stored; absent if nothing is known to be wrong. */
  store?: StoreProblem;
  /** Only for an external daemon. */
  foreign?: ExternalReport;
  /** Absent if the daemon listens by itself, because its connections are not ours. */
  connections?: ConnectionReport;
  /** Better directories for the endpoint file that could not be used; absent if there were none. */
  refusedRuntimes?: readonly RefusedDirectory[];
}

/** The answer of `/health`: the identity, and nothing that other users must not know. */
export interface HealthBody {
  app: 'memoryd';
  service: string;
  version: string;
  build: string;
  user: string;
  dataDirId: string;
  nonce: string;
  pid: number;
  /** `ok` instead of `ready`, because clients of the existing sync API check for it. */
  status: 'ok' | 'starting' | 'stopping';
  /** Those clients check this too. */
  authRequired: true;
}
