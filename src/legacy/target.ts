import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { RequestedFields } from '../install/requested-definition.ts';
import { shellLine } from '../service/shell-line.ts';
import type { User } from '../system/system.ts';
import { type Finding, idOf } from './finding.ts';
import { mneme } from './known-daemons.ts';
import { type MnemeSettings, settingsPath } from './settings.ts';

/** What becomes of its data. */
export type DataMove =
  | { kind: 'none' }
  /** It is the user's and stays where it is; a copy is kept for the way back. */
  | { kind: 'stay'; path: string; bytes: number; allocated: number }
  /** To where nothing is. The original stays untouched, and is the way back. */
  | { kind: 'copy'; from: string; to: string; bytes: number; allocated: number; asRoot: boolean };

/** The service that takes a legacy's place. */
export interface MigrationTarget {
  service: string;
  /** Fields of its definition. */
  changes: RequestedFields;
  /** Variables that hold secrets: not in the definition, but in a file that only the daemon is given. */
  secrets: Readonly<Record<string, string>>;
  data: DataMove;
  /** What a person must know: what is not as it was. */
  notes: string[];
}

/** What the command line says over what is found. */
export interface TargetArguments {
  service?: string | undefined;
  port?: number | undefined;
  /** Where the data go, instead of to the same place in the user's home. */
  dataTo?: string | undefined;
  /** The daemon's own keys are not taken along: clients show the token of the service. */
  newKeys?: boolean | undefined;
}

/** The service that is defined to run it, else a name out of that of the unit, label, task or app. */
export function serviceNameFor({
  daemon,
  name,
  serves,
}: Pick<Finding, 'daemon' | 'name' | 'serves'>): string {
  if (serves !== undefined) return serves;
  // An adapter's name would mean its daemon, and this one becomes the bundled one.
  const bare = (daemon === mneme ? 'mneme-server' : (daemon ?? name))
    .replace(/\.(service|plist)$/, '')
    .toLowerCase();
  const words = bare.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '');
  return words.slice(0, 32).replace(/-+$/, '') || 'memory';
}

function refuseObstacles(finding: Finding): void {
  if (finding.data.kind !== 'directory' || finding.data.obstacles.length === 0) return;
  const { path, obstacles } = finding.data;
  const [first = '', ...rest] = obstacles;
  const more = rest.length === 0 ? '' : ` and ${rest.length} more like it`;
  throw new MemorydError('failed', `the data in ${path} cannot be moved completely: ${first}${more}`, {
    hint: shellLine(['ls', '-lR', path]),
  });
}

/** The same place in this user's home as it has in the home of whoever runs it. */
function sameplace(path: string, from: string | undefined, user: User): string | undefined {
  if (from === undefined || !path.startsWith(from)) return undefined;
  return join(user.home, ...path.slice(from.length).split(/[\\/]/).filter(Boolean));
}

/** A directory in this user's home with the name of the old one. */
function newHome(path: string, user: User): string {
  return join(user.home, path.split(/[\\/]/).filter(Boolean).at(-1) ?? 'memories');
}

/** What becomes of a finding's data. Throws `failed` when they cannot be taken along whole, `usage` when nothing tells where to. */
export function dataMoveOf(finding: Finding, user: User, requested: TargetArguments): DataMove {
  const { data } = finding;
  if (data.kind === 'unknown' || data.kind === 'absent') return { kind: 'none' };
  const extent = data.kind === 'closed' ? { bytes: 0, allocated: 0 } : data;
  if (data.kind === 'directory') refuseObstacles(finding);
  const { path } = data;
  const { bytes, allocated } = extent;
  const mine = data.kind === 'directory' && data.mine;
  if (mine && requested.dataTo === undefined) return { kind: 'stay', path, bytes, allocated };
  const to = requested.dataTo ?? sameplace(path, finding.home, user);
  if (to === undefined) {
    throw new MemorydError(
      'usage',
      `--data-to is needed: it is unknown where the data in ${path} should go`,
      {
        hint: shellLine(['memoryd', 'migrate', '--from', idOf(finding), '--data-to', newHome(path, user)]),
      },
    );
  }
  return {
    kind: 'copy',
    from: path,
    to,
    bytes,
    allocated,
    asRoot: data.kind === 'closed' || data.rootOnly,
  };
}

/** Words of an argv or environment that name the old data directory name the new one. */
function relocated(text: string, data: DataMove, old: string | undefined): string {
  if (data.kind !== 'copy' || old === undefined) return text;
  const at = text.indexOf(old);
  if (at < 0 || /[\w.-]/.test(text[at + old.length] ?? '')) return text;
  return `${text.slice(0, at)}${data.to}${text.slice(at + old.length)}`;
}

const oldPath = ({ data }: Finding): string | undefined => ('path' in data ? data.path : undefined);

/** What clients must know of keys. Settings in a home that nobody looked into are not the same as none. */
function keyNotes(
  finding: Finding,
  settings: MnemeSettings | undefined,
  { newKeys }: TargetArguments,
): string[] {
  const path = settingsPath(finding);
  if (newKeys === true)
    return ['clients must show the token of the service now: the old keys are not accepted any more'];
  if (settings === undefined && finding.data.kind === 'closed') {
    const so =
      finding.kind === 'windows-service' ? 'give its port with --port' : '--dry-run --sudo reads them';
    return [`the settings in ${path} were not read: its port and keys may differ (${so})`];
  }
  if (settings === undefined || settings.apiKeys.length === 0)
    return ['clients must show the token of the service now: the old one asked for none'];
  return settings.exposed === true
    ? [`other users of this machine could read its keys in ${path}: --new-keys replaces them`]
    : [];
}

/** The bundled daemon serves what claude-mneme's server left, in place, under the same names. */
function bundled(
  finding: Finding,
  data: DataMove,
  settings: MnemeSettings | undefined,
  requested: TargetArguments,
): Pick<MigrationTarget, 'changes' | 'secrets' | 'notes'> {
  const directory = data.kind === 'copy' ? data.to : data.kind === 'stay' ? data.path : undefined;
  const apiKeys = requested.newKeys === true ? [] : (settings?.apiKeys ?? []);
  const sync = {
    ...(directory === undefined ? {} : { dataDir: join(directory, 'projects') }),
    ...(apiKeys.length === 0 ? {} : { apiKeys }),
    ...(settings?.lockTtlMinutes === undefined ? {} : { lockTtlMinutes: settings.lockTtlMinutes }),
    ...(settings?.rateLimit === undefined ? {} : { rateLimit: settings.rateLimit }),
  };
  const notes = [
    'the bundled daemon serves its projects at /projects, on this machine only',
    ...keyNotes(finding, settings, requested),
  ];
  return { changes: { port: settings?.port ?? finding.port, daemon: { sync } }, secrets: {}, notes };
}

const secretName = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;

/** The same program goes on, with its argv, environment and directory; its adapter knows how it is asked and stopped. */
function sameCommand(
  finding: Finding,
  data: DataMove,
): Pick<MigrationTarget, 'changes' | 'secrets' | 'notes'> {
  const { command, environment, workingDirectory, port, daemon } = finding;
  if (command === undefined) {
    throw new MemorydError('failed', `the command of ${idOf(finding)} is unknown`, {
      hint: 'memoryd install --help',
    });
  }
  const old = oldPath(finding);
  const variables = Object.entries(environment).map(
    ([name, value]) => [name, relocated(value, data, old)] as const,
  );
  const plain = variables.filter(([name]) => !secretName.test(name));
  const changes = {
    ...(daemon === undefined ? {} : { adapter: daemon }),
    command: command.map((word) => relocated(word, data, old)),
    port: port !== undefined && port >= 1024 ? port : undefined,
    ...(plain.length === 0 ? {} : { environment: Object.fromEntries(plain) }),
    ...(workingDirectory === undefined ? {} : { workingDirectory: relocated(workingDirectory, data, old) }),
    ...(data.kind === 'none' ? {} : { dataDir: data.kind === 'copy' ? data.to : data.path }),
  };
  const secrets = Object.fromEntries(variables.filter(([name]) => secretName.test(name)));
  return { changes, secrets, notes: [] };
}

/**
 * The service a legacy becomes: the bundled daemon for claude-mneme's server, else the same program (pure).
 * `settings` are the daemon's own, where it has some.
 */
export function targetOf(
  finding: Finding,
  user: User,
  requested: TargetArguments,
  settings: MnemeSettings | undefined,
): MigrationTarget {
  const data = dataMoveOf(finding, user, requested);
  const become =
    finding.daemon === mneme ? bundled(finding, data, settings, requested) : sameCommand(finding, data);
  return {
    service: requested.service ?? serviceNameFor(finding),
    changes: { ...become.changes, ...(requested.port === undefined ? {} : { port: requested.port }) },
    secrets: become.secrets,
    data,
    notes: [...finding.notes, ...become.notes],
  };
}
