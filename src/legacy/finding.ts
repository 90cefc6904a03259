import type { ProbeSettings } from '../service/external-settings.ts';

/** The kinds of older setups that memoryd can detect. */
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

/** Whether it starts automatically: at boot, at login, or on a connection. */
export type StartState = 'enabled' | 'disabled' | 'unknown';

/** The data directory of the daemon. */
export type DataState =
  /** No setting gives a path. */
  | { kind: 'unknown' }
  | { kind: 'absent'; path: string }
  /** It belongs to another account, and only an administrator can read it. */
  | { kind: 'closed'; path: string }
  /** `mine`: this user owns it, so it can stay in place. `rootOnly`: root inspected it. */
  | ({ kind: 'directory'; path: string; mine: boolean; rootOnly: boolean } & DataExtent);

export interface DataExtent {
  files: number;
  bytes: number;
  /** Space on disk. Less than `bytes` where files are sparse. */
  allocated: number;
  /** Entries that cannot be copied: unreadable files, devices, links that lead out of the directory. */
  obstacles: string[];
}

/** One action that needs an administrator, and the reason. */
export interface AdminNeed {
  what: string;
  why: string;
}

/** What memoryd does with a finding: migrate it, or only report it with commands for the user. */
export type LegacyAction = { kind: 'migrate' } | { kind: 'report'; why: string; commands: string[][] };

/** What the steps of each kind need in addition to the fields of every finding. */
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

/** `exitSecs`: how long launchd waits for the job to exit before it kills it. */
interface JobSource {
  path: string;
  loaded: boolean;
  exitSecs: number;
}

/** `triggers` are units that also start it. `closed` are files of its configuration that this user cannot read. */
interface UnitSource {
  path: string;
  triggers: string[];
  closed: string[];
}

export type Wrapper = 'nssm' | 'winsw' | 'node-windows' | 'shawl' | 'none';

/**
 * One instance of a PM2 app. `id` is set while PM2's daemon runs. `saved` is what `pm2 resurrect` needs to start it
 * again.
 */
export interface Pm2App {
  id: number | undefined;
  /** The entry as PM2 saves it, unchanged. */
  saved: Record<string, unknown>;
}

/** One older setup as it was found. Detection is read-only. */
export interface FindingBase {
  /** Its exact name in its manager. Every command uses this name, never a pattern (W20). */
  name: string;
  /** The adapter name of the known daemon it runs. */
  daemon: string | undefined;
  /** The service of this user that is defined to run the same daemon. */
  serves: string | undefined;
  /** The account it runs as, and the home of that account where it is known. */
  runsAs: string;
  home: string | undefined;
  starts: StartState;
  run: RunState;
  /** The argv of the daemon itself, without its wrapper. */
  command: readonly [string, ...string[]] | undefined;
  workingDirectory: string | undefined;
  environment: Readonly<Record<string, string>>;
  port: number | undefined;
  /** Its port is in its argv or environment, and not its usual one. */
  portTold?: boolean;
  /**
   * Its command lies in a place of its adapter, which finds the current version at every start. `variables` are those
   * that the adapter sets itself.
   */
  adapted?: { variables: readonly string[] };
  /** How this way of running it is probed, where its adapter is probed in another way. */
  probe?: ProbeSettings;
  data: DataState;
  /** Files that define it. */
  definedIn: readonly string[];
  /** Related things that memoryd leaves alone, such as other starters. They are shown to the user. */
  notes: readonly string[];
  needsAdmin: readonly AdminNeed[];
  handling: LegacyAction;
}

export type Finding = FindingBase & FindingSource;
export type FindingOf<K extends LegacyKind> = FindingBase & Extract<FindingSource, { kind: K }>;

/** Gives the name of a finding on the command line: `system-unit:mneme-server.service`. */
export function idOf({ kind, name }: { kind: LegacyKind; name: string }): string {
  return `${kind}:${name}`;
}
