import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DaemonSettings } from '../service/daemon-settings.ts';
import type { Log } from '../service/log.ts';
import type { Clock } from '../system/clock.ts';

/** What the host hands to the daemon it runs. Nothing here is read from the environment a second time. */
export interface DaemonOptions {
  /** Service name, as in the definition. */
  service: string;
  /** Version of memoryd, shown to MCP clients. */
  version: string;
  /** Absolute; must not be created before the first memory or sync file is stored. */
  dataDir: string;
  /** Bearer token that every request must carry. */
  token: string;
  /** The port clients reach it on, for the Host check. */
  port: number;
  /** The definition's `daemon` object, checked, defaults filled in. */
  settings: DaemonSettings;
  log: Log;
  clock: Clock;
}

/** A daemon mounted in the host: it answers every path but `/health`, which the host answers by itself. */
export interface Daemon {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Counters for `status`: open sessions, stored memories, last write. Opens nothing. */
  counters(): Record<string, string | number | boolean | null>;
  /** Ends sessions with reason `shutdown`, closes the store. Resolves when nothing is left to write. */
  close(): Promise<void>;
}
