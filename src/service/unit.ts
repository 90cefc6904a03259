/** The interface between plans and backends: the same terms for every backend. */

export const backendNames = ['systemd', 'launchd', 'task-scheduler', 'standalone'] as const;
export type BackendName = (typeof backendNames)[number];

/** The input of a renderer. It contains no secrets, because units are world-readable and shown by `print` (X01). */
export interface UnitSpec {
  service: string;
  /** Shown by the tools of the service manager. */
  description: string;
  /** Absolute node, absolute entry, `host`, name, flags. */
  argv: readonly [string, ...string[]];
  /** An existing directory the service starts in. */
  workingDirectory: string;
  /** The address on which the manager may listen for the daemon; null if the daemon must bind its port itself. */
  listen: { host: string; port: number } | null;
  /** Seconds until the manager gives up waiting for ready, and until it kills after asking to stop. */
  startTimeoutSecs: number;
  stopTimeoutSecs: number;
  /** `default` costs no privilege; `strict` needs user namespaces; `off` is for daemons that sandbox themselves. */
  sandbox: 'off' | 'default' | 'strict';
  startAtLogin: boolean;
  /** The other paths of the definition, which the daemon uses, each with its field. */
  definitionPaths?: readonly { field: string; path: string }[];
  user: { name: string; uid: number; home: string /** Windows only. */; sid?: string };
  /** `config` is XDG_CONFIG_HOME or its like, not ours; `state` and `logs` are this service's own. */
  directories: { config: string; state: string; logs: string };
}

/** One file a backend wants on disk, byte for byte. */
export interface UnitFile {
  path: string;
  content: string;
  encoding: 'utf8' | 'latin1' | 'utf16le-bom';
  mode: number;
}

/** What the manager's process for the unit is doing. */
export type ProcessState =
  | { kind: 'running'; pid: number }
  | { kind: 'starting' }
  | { kind: 'stopping' }
  /** It has ended, and the manager will start it again. */
  | { kind: 'waiting'; reason: string }
  | { kind: 'stopped' }
  | { kind: 'failed'; reason: string }
  | { kind: 'unknown'; reason: string };

/** How the process last ended, if the manager tells. */
export type LastExit = { kind: 'code'; code: number; meaning?: string } | { kind: 'signal'; signal: string };

/** Whether the service starts at login. `masked` is a choice of the user and is not changed. */
export type Enablement = 'enabled' | 'disabled' | 'masked' | 'unknown';

export interface RegisteredUnit {
  kind: 'registered';
  /** The unit's own file, as the manager sees it. */
  path: string;
  enabled: Enablement;
  process: ProcessState;
  /** Files that change the unit and were not written by memoryd. They are reported and never changed (L11). */
  dropIns: string[];
  /** True when the manager still runs an older definition than the one on disk (L13). */
  needsReload: boolean;
  /**
   * Why this registration gives less than the usual one. The next install tries the usual one, without a restart (N20).
   */
  provisional?: string;
  /** How often the manager restarted the service; absent if it does not count. */
  restarts?: number;
  lastExit?: LastExit;
  /** For people: a fact that the states do not express, such as an unusual domain (M03). */
  note?: string;
  /** A command of the manager that undoes what the user did with its tools, such as masking. */
  cure?: string;
}

/** Absent, foreign and unknown are different answers. */
export type UnitObservation =
  | { kind: 'absent' }
  /** A unit of the same name that memoryd did not write, or that another user or the system owns. */
  | { kind: 'foreign'; path: string; reason: string }
  /**
   * The manager did not answer at all (`silent`), or in an unknown way, or denies this user access; then `denied` is a
   * command that somebody with more rights may run. `words` is its output.
   */
  | { kind: 'unknown'; reason: string; words?: string; silent?: true; denied?: string; hint?: string }
  | RegisteredUnit;

/**
 * The verbs of a backend. The unit files are on disk before `register` and removed before `settle`.
 * - register: make the manager load the unit from disk and start it at login; does not start it now
 * - start, stop, restart: take effect now; `restart` also applies a changed definition
 * - unregister: stop the service and undo `register`
 * - settle: after the files are removed, make the manager forget the unit
 */
export type Verb = 'register' | 'start' | 'stop' | 'restart' | 'unregister' | 'settle';
