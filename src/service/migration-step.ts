/** Steps that only a migration has: what they undo stands in them, because the plan knew what ran before. */

/** Asked without any privilege, to learn whether something is so already. */
export type Check =
  | { kind: 'exits'; argv: [string, ...string[]]; codes: number[]; env?: Record<string, string> }
  | { kind: 'present' | 'absent'; path: string };

/** A program an older way is told something with. */
export interface StepCommand {
  argv: [string, ...string[]];
  /** As root, through sudo unless this is root: `reason` is what the password is asked for. */
  elevated?: { reason: string };
  env?: Record<string, string>;
  /** Exit codes that are fine, beside 0. */
  accept?: number[];
  /** What it reads: root opens no file that a user could have replaced. */
  input?: string;
  /** Managers answer before they are done: asked until it is so, for a minute unless `untilMs` says longer or less. */
  until?: Check;
  untilMs?: number;
}

/** Tells an older service manager something. Nothing is undone that is so already: a refused password is asked for once. */
export interface LegacyCommand {
  kind: 'legacy-command';
  why: string;
  do: StepCommand[];
  /** Nothing is done when this does not hold: a run that was killed had come further. */
  onlyIf?: Check;
  undo: StepCommand[];
  /** When this holds, there is nothing to undo. */
  undone?: Check;
}

/** Waits until nobody holds the port any more: whatever did is gone, and is nobody else's (X03). */
export interface AwaitPort {
  kind: 'await-port';
  why: string;
  port: number;
  timeoutMs: number;
}

/** A data directory copied to where there is none, every file with the hash of its original. Undo: gone, unless somebody wrote in it. */
export interface CopyData {
  kind: 'copy-data';
  why: string;
  from: string;
  to: string;
  /** Where the list of what was copied goes; beside it, as `.sha256`, one for people. */
  manifest: string;
  bytes: number;
  /** For a directory only root reads: root's reader of it, or our own input, which a script of root's writes. */
  reader?: ({ kind: 'root'; reason: string } & RootReader) | { kind: 'stdin' };
}

/** How root has something read that only root may: by programs of the system, see legacy/read-as.ts. */
export interface RootReader {
  /** Each must print nothing, or nothing is read. */
  checks: [string, ...string[]][];
  /** Writes the archive of a directory, or the content of a file, to its output. */
  argv: [string, ...string[]];
}

/** Asks the new daemon for what was copied. */
export interface VerifyData {
  kind: 'verify-data';
  why: string;
  /** The directory the daemon uses, and what was in it. */
  directory: string;
  manifest: string;
  /** Whether the sync API is asked too, for the first projects in it. */
  sync: boolean;
}

/** Takes an app out of PM2's saved list, or leaves it there as a stopped one, and changes nothing else: `pm2 resurrect` does not start it. */
export interface Pm2Forget {
  kind: 'pm2-forget';
  why: string;
  home: string;
  name: string;
  retire: 'remove' | 'disable';
  /** `pm2 save`, where what it would write is exactly the list without the app. */
  save?: StepCommand;
}

/** One line of this user's crontab taken away, or replaced. Undo: back where it was, whatever the others are by then. */
export interface CrontabLine {
  kind: 'crontab-line';
  why: string;
  /** One character for each byte. */
  line: string;
  replacement: string | null;
  /** Where the new table lies while it is put in place: a directory of the user's. */
  directory: string;
}

/** Ends one process that nobody restarts. Undo: its argv is started again. */
export interface StopProcess {
  kind: 'stop-process';
  why: string;
  pid: number;
  /** Which run of the pid it is (system/processes.ts). */
  start: string;
  argv: [string, ...string[]];
  /** Beside this process's own. */
  environment: Record<string, string>;
  workingDirectory: string;
}

/** One elevated run on Windows, which stops a service, brings its data, and waits for what `elevated-end` says. */
export interface ElevatedMove {
  kind: 'elevated-move';
  why: string;
  reason: string;
  /** Node and the elevated program, which are copied to where only administrators write before they run. */
  program: [node: string, script: string];
  /** The name of the elevated run, and of its directory. */
  run: string;
  service: string;
  wasRunning: boolean;
  /** Where the user's run says its part: a directory of the user's. */
  directory: string;
  /** From the one of `from` that is there; nothing when none is. `sid` is who may read what is brought. */
  copy?: { from: string[]; to: string; manifest: string; sid: string };
  bytes: number;
}

/** Tells the elevated run that all is verified. It cannot be undone once the service is deleted, so it comes last. */
export interface ElevatedEnd {
  kind: 'elevated-end';
  why: string;
  reason: string;
  program: [node: string, script: string];
  run: string;
  service: string;
  directory: string;
  retire: 'remove' | 'disable';
}

/** Says for good what was moved, when and to where. Undo: unsaid. */
export interface RecordMigration {
  kind: 'record';
  why: string;
  path: string;
  /** JSON. */
  record: Record<string, unknown>;
}

export type MigrationStep =
  | LegacyCommand
  | AwaitPort
  | CopyData
  | VerifyData
  | Pm2Forget
  | CrontabLine
  | StopProcess
  | ElevatedMove
  | ElevatedEnd
  | RecordMigration;
