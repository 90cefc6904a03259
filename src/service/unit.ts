/** What a backend is asked to register, and what it sees: the same words for all four. */

export const backendNames = ['systemd', 'launchd', 'task-scheduler', 'standalone'] as const;
export type BackendName = (typeof backendNames)[number];

/** Everything a renderer needs, and nothing secret: units are world-readable and shown by `print` (X01). */
export interface UnitSpec {
  service: string;
  /** For people: shown by the manager's own tools. */
  description: string;
  /** Absolute node, absolute entry, `host`, name, flags. */
  argv: readonly [string, ...string[]];
  /** An existing directory the service starts in. */
  workingDirectory: string;
  /** Where the manager may listen on the daemon's behalf, when it can; null when the daemon must do that itself. */
  listen: { host: string; port: number } | null;
  /** Seconds until the manager gives up waiting for ready, and until it kills after asking to stop. */
  startTimeoutSecs: number;
  stopTimeoutSecs: number;
  /** `default` costs no privilege; `strict` needs user namespaces; `off` is for daemons that sandbox themselves. */
  sandbox: 'off' | 'default' | 'strict';
  startAtLogin: boolean;
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
  /** Dead now, and the manager will start it again by itself. */
  | { kind: 'waiting'; reason: string }
  | { kind: 'stopped' }
  | { kind: 'failed'; reason: string }
  | { kind: 'unknown'; reason: string };

/** How the process last ended, as far as the manager tells. */
export type LastExit = { kind: 'code'; code: number; meaning?: string } | { kind: 'signal'; signal: string };

/** Whether it starts at login. `masked` and `overridden` are the user's own doing and stay. */
export type Enablement = 'enabled' | 'disabled' | 'masked' | 'unknown';

export interface RegisteredUnit {
  kind: 'registered';
  /** The unit's own file, as the manager sees it. */
  path: string;
  enabled: Enablement;
  process: ProcessState;
  /** Files that change the unit and are not ours: reported, never touched (L11). */
  dropIns: string[];
  /** True when the manager still runs an older definition than the one on disk (L13). */
  needsReload: boolean;
  /** How often the manager restarted it by itself; absent when it does not count. */
  restarts?: number;
  lastExit?: LastExit;
  /** For people: what the states do not tell, such as where it runs when that is not the usual place (M03). */
  note?: string;
}

/** Three ways of not being there are three answers. */
export type UnitObservation =
  | { kind: 'absent' }
  /** Something of the same name that we did not write, or that another user or the whole system owns. */
  | { kind: 'foreign'; path: string; reason: string }
  /** The manager did not answer at all (`silent`), or not in words we know; `words` are its own. */
  | { kind: 'unknown'; reason: string; words?: string; silent?: true }
  | RegisteredUnit;

/**
 * What a backend can be told to do. The unit's files are on disk before `register` and gone before `settle`.
 * - register: make the manager know the unit as it is on disk and start it at login; does not start it
 * - start, stop, restart: now; `restart` must also put a changed definition into effect
 * - unregister: stop it and undo register
 * - settle: the files are gone: make the manager forget what it remembers of them
 */
export type Verb = 'register' | 'start' | 'stop' | 'restart' | 'unregister' | 'settle';
