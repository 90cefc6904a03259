import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DaemonSettings } from '../service/daemon-settings.ts';
import type { Log } from '../service/log.ts';
import type { StoreProblem } from '../service/store-problem.ts';
import type { Clock } from '../system/clock.ts';
import type { Exec } from '../system/exec.ts';

/** The options that the host passes to the daemon. The daemon does not read them from the environment. */
export interface DaemonOptions {
  /** Service name, as in the definition. */
  service: string;
  /** Version of memoryd, shown to MCP clients. */
  version: string;
  /** Absolute; must not be created before the first memory or sync file is stored. */
  dataDir: string;
  /** Absolute; made by the first automatic backup. Without it there are none. */
  backupDir?: string;
  /** Bearer token that every request must carry. */
  token: string;
  /** The port that clients connect to, for the check of the Host header. */
  port: number;
  /** The definition's `daemon` object, validated, with defaults. */
  settings: DaemonSettings;
  log: Log;
  clock: Clock;
  /** Starts the processes that work on large stores. */
  exec: Exec;
}

/** A daemon that runs inside the host. It answers every path except `/health`, which the host answers. */
export interface Daemon {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Counters for `status`: open sessions, stored memories, last write. Opens nothing. */
  counters(): Record<string, string | number | boolean | null>;
  /** Why memories cannot be read or stored. Opens nothing. */
  problem?(): StoreProblem | undefined;
  /** Ends sessions with reason `shutdown` and closes the store. Resolves when every write is done. */
  close(): Promise<void>;
}
