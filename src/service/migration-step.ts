/** Steps that only migrations use. What to undo is part of the step, because the plan knows what ran before. */

/** A check that needs no privileges. */
export type StepCheck =
  | { kind: 'exits'; argv: [string, ...string[]]; codes: number[]; env?: Record<string, string> }
  | { kind: 'present' | 'absent'; path: string };

/** A command for an older service manager. */
export interface StepCommand {
  argv: [string, ...string[]];
  /** Run as root, through sudo unless this process is root. The password prompt shows `reason`. */
  elevated?: { reason: string };
  env?: Record<string, string>;
  /** Exit codes that count as success, besides 0. */
  accept?: number[];
  /** What it reads: root opens no file that a user could have replaced. */
  input?: string;
  /** Managers answer before they are done: asked until it is so, for a minute unless `untilMs` says longer or less. */
  until?: StepCheck;
  untilMs?: number;
}

/**
 * A change in an older service manager. What already holds is not undone, so a refused password is asked for only
 * once.
 */
export interface LegacyCommand {
  kind: 'legacy-command';
  why: string;
  do: StepCommand[];
  /** The step is skipped unless this holds: an interrupted run had already done it. */
  onlyIf?: StepCheck;
  undo: StepCommand[];
  /** If this holds, there is nothing to undo. */
  undone?: StepCheck;
}

/** Waits until the port is free, so that the old daemon is gone and no other program holds the port (X03). */
export interface AwaitPort {
  kind: 'await-port';
  why: string;
  port: number;
  timeoutMs: number;
}

/**
 * Copies a data directory to a new place, and compares the hash of every file. Undo: remove the copy, unless something
 * was written to it.
 */
export interface CopyData {
  kind: 'copy-data';
  why: string;
  from: string;
  to: string;
  /** The path of the list of copied files. A checksum file for people is beside it, as `.sha256`. */
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

/** Checks that the new daemon has the copied data. */
export interface VerifyData {
  kind: 'verify-data';
  why: string;
  /** The directory that the daemon uses, and its expected content. */
  directory: string;
  manifest: string;
  /** Whether to ask the sync API too, for the first projects. */
  sync: boolean;
}

/**
 * Removes an app from the saved list of PM2, or marks it as stopped, so that `pm2 resurrect` does not start it.
 * Nothing else in the list changes.
 */
export interface Pm2Forget {
  kind: 'pm2-forget';
  why: string;
  home: string;
  name: string;
  retire: 'remove' | 'disable';
  /** `pm2 save`, if it would write exactly the list without the app. */
  save?: StepCommand;
}

/** Removes or replaces one line of the user's crontab. Undo: put the line back into the crontab as it is then. */
export interface CrontabLine {
  kind: 'crontab-line';
  why: string;
  /** One character for each byte. */
  line: string;
  replacement: string | null;
}

/** Ends one process that nothing restarts. Undo: start its argv again. */
export interface StopProcess {
  kind: 'stop-process';
  why: string;
  pid: number;
  /** The start identity of the process (system/processes.ts). */
  start: string;
  argv: [string, ...string[]];
  /** Added to the environment of this process. */
  environment: Record<string, string>;
  workingDirectory: string;
}

/** Starts one elevated process on Windows, which stops a service, copies its data, and waits for `elevated-end`. */
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

/**
 * Tells the elevated process that everything is verified. It is the last step, because a deleted service cannot be
 * restored.
 */
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

/** Writes the record of the migration: what was moved, when and where to. Undo: remove it. */
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
