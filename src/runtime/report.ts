import type { ConnectionReport } from '../service/connection-report.ts';
import type { ExternalReport } from '../service/external-report.ts';
import type { RefusedDirectory } from '../service/status.ts';

/** Where a host is in its life. */
export type HostPhase = 'starting' | 'ready' | 'stopping';

/** What a live host says about itself over the control channel. */
export interface HostReport {
  nonce: string;
  pid: number;
  version: string;
  build: string;
  phase: HostPhase;
  url: string;
  port: number;
  /** Measured on a clock that suspend and clock changes do not disturb (X10). */
  uptimeMs: number;
  /** Unclean restarts since it was last started on purpose. */
  restarts: number;
  rssBytes: number;
  /** Log lines lost, to a full disk for one. */
  droppedLogLines: number;
  /** The daemon's own; empty until it is loaded. */
  counters: Record<string, string | number | boolean | null>;
  /** Only of a daemon that is not the bundled one. */
  foreign?: ExternalReport;
  /** Absent when the daemon listens by itself: its connections are not ours. */
  connections?: ConnectionReport;
  /** Better directories for its endpoint file that could not be used; absent when there was none. */
  refusedRuntimes?: readonly RefusedDirectory[];
}

/** What `/health` answers with: identity, and nothing a stranger must not know. */
export interface HealthBody {
  app: 'memoryd';
  service: string;
  version: string;
  build: string;
  user: string;
  dataDirId: string;
  nonce: string;
  pid: number;
  /** `ok` and not `ready`: clients of the sync API that was there before us look for that word. */
  status: 'ok' | 'starting' | 'stopping';
  /** They ask for this, too. */
  authRequired: true;
}
