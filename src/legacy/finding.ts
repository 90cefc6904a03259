/** The older ways a daemon is kept running that memoryd knows. */
export const legacyKinds = [
  'pm2',
  'windows-service',
  'system-unit',
  'user-unit',
  'launch-daemon',
  'launch-agent',
  'task',
  'crontab',
  'docker',
  'process',
] as const;
export type LegacyKind = (typeof legacyKinds)[number];

export type RunState =
  | { kind: 'running'; pid?: number }
  | { kind: 'stopped' }
  | { kind: 'unknown'; why: string };

/** Whether something starts it again without being asked: at boot, at login, on a connection. */
export type StartState = 'enabled' | 'disabled' | 'unknown';

/** Where its memories are. */
export type DataState =
  /** Nothing tells where. */
  | { kind: 'unknown' }
  | { kind: 'absent'; path: string }
  /** Another account's, so that only an administrator sees what is in it. */
  | { kind: 'closed'; path: string }
  /** `mine`: it belongs to this user, so that it can stay where it is. `rootOnly`: root looked into it. */
  | ({ kind: 'directory'; path: string; mine: boolean; rootOnly: boolean } & DataExtent);

export interface DataExtent {
  files: number;
  bytes: number;
  /** Less than `bytes` where files are sparse. */
  allocated: number;
  /** Names in it that cannot be taken along: not readable, devices, links that lead out. */
  obstacles: string[];
}

/** One thing that only an administrator can do, and why. */
export interface AdminNeed {
  what: string;
  why: string;
}

/** What memoryd does with it: moves it, or only says what a person can do. */
export type LegacyAction = { kind: 'migrate' } | { kind: 'report'; why: string; commands: string[][] };

/** What each kind's own steps must know, beside what every finding has. */
export type FindingSource =
  | { kind: 'pm2'; pm2Home: string; apps: Pm2App[]; live: boolean; saved: boolean; keepsOthers: boolean }
  | { kind: 'windows-service'; wrapper: Wrapper; key: string; definition: string }
  | ({ kind: 'system-unit' } & UnitSource)
  | ({ kind: 'user-unit' } & UnitSource)
  | ({ kind: 'launch-daemon' } & JobSource)
  | ({ kind: 'launch-agent'; domain: string } & JobSource)
  | { kind: 'task'; xml: string | undefined }
  | { kind: 'crontab'; line: string; crontab: string }
  | { kind: 'docker' }
  | { kind: 'process' };

/** `exitSecs`: how long launchd lets it take to end, before it is killed. */
interface JobSource {
  path: string;
  loaded: boolean;
  exitSecs: number;
}

/** `triggers` start it too; `closed` are files that it is told things in and that this user may not read. */
interface UnitSource {
  path: string;
  triggers: string[];
  closed: string[];
}

export type Wrapper = 'nssm' | 'winsw' | 'node-windows' | 'shawl' | 'none';

/** One instance of a PM2 app: `id` while its daemon runs, and what `pm2 resurrect` needs to bring it back. */
export interface Pm2App {
  id: number | undefined;
  /** As PM2 saves it, unchanged. */
  saved: Record<string, unknown>;
}

/** One older way a daemon is kept running, as it was found. Read-only: nothing was changed to learn it. */
export interface FindingBase {
  /** What its manager calls it, exactly. Everything that touches it names it so, never by a pattern (W20). */
  name: string;
  /** The known daemon it is, by its adapter's name. */
  daemon: string | undefined;
  /** The service of this user's that is defined to run the same. */
  serves: string | undefined;
  /** The account it runs as, and its home where this machine tells. */
  runsAs: string;
  home: string | undefined;
  starts: StartState;
  run: RunState;
  /** The daemon's own argv, without whatever wraps it. */
  command: readonly [string, ...string[]] | undefined;
  workingDirectory: string | undefined;
  environment: Readonly<Record<string, string>>;
  port: number | undefined;
  data: DataState;
  /** Files that define it. */
  definedIn: readonly string[];
  /** Things beside it that start it or belong to it and are left alone: said, so that nobody wonders. */
  notes: readonly string[];
  needsAdmin: readonly AdminNeed[];
  handling: LegacyAction;
}

export type Finding = FindingBase & FindingSource;
export type FindingOf<K extends LegacyKind> = FindingBase & Extract<FindingSource, { kind: K }>;

/** How people name a finding: `system-unit:mneme-server.service`. */
export function idOf({ kind, name }: { kind: LegacyKind; name: string }): string {
  return `${kind}:${name}`;
}
