/** How a foreign daemon is: alive, answering, doing what it is for. */
export interface ForeignReport {
  adapter: string | null;
  pid: number | null;
  live: boolean;
  ready: boolean;
  /** Null where nothing can tell. */
  useful: boolean | null;
  /** What is wrong, when something is. */
  why: string | null;
  /** What it takes with all the processes that came of it, in bytes; null where nothing tells, and while it does not run. */
  memoryBytes: number | null;
  /** How often it was started again since the host began. */
  restarts: number;
  /** How it ended before that; null while it has not. */
  lastEnd: string | null;
  /** Another process of the same daemon serves, and ours stands by. */
  yielded: boolean;
  /** Where MCP clients find it; null when it does not speak MCP. */
  mcpPath: string | null;
  /** What is worth a sentence to the user. */
  warnings: string[];
}
