/**
 * The state of an external daemon, as its host reports it over the control channel: alive, ready, functional. Hosts and
 * commands of different versions talk to each other, so the names are those of 0.1.0. `status --json` shows an
 * `ExternalStatus`.
 */
export interface ExternalReport {
  adapter: string | null;
  pid: number | null;
  live: boolean;
  ready: boolean;
  /** Null if it has no such probe, or no result yet. */
  useful: boolean | null;
  /** The current problem, if any. */
  why: string | null;
  /**
   * The memory of the daemon and all its child processes, in bytes; null if it cannot be measured, and while it does
   * not run.
   */
  memoryBytes: number | null;
  /** How often it was restarted since the host started. */
  restarts: number;
  /** How it last ended; null if it has not ended. */
  lastEnd: string | null;
  /** Another process of the same daemon serves, and this one stands by. */
  yielded: boolean;
  /** Where MCP clients find it; null when it does not speak MCP. */
  mcpPath: string | null;
  /** Notes for the user. */
  warnings: string[];
}
