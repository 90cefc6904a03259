import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { RequestedFields } from '../install/requested-definition.ts';
import type { User } from '../system/system.ts';
import { type DataMove, dataMoveOf, oldPath, relocated } from './data-move.ts';
import { type Finding, idOf } from './finding.ts';
import { mneme } from './known-daemons.ts';
import { type MnemeSettings, settingsPath } from './settings.ts';

/** The service that replaces the older setup. */
export interface MigrationTarget {
  service: string;
  /** The fields of its definition. */
  changes: RequestedFields;
  /** Variables that hold secrets. They are not in the definition but in a file that only the daemon gets. */
  secrets: Readonly<Record<string, string>>;
  data: DataMove;
  /** What the user must know: differences from the old setup. */
  notes: string[];
}

/** Arguments of the command line that override detected values. */
export interface TargetArguments {
  service?: string | undefined;
  port?: number | undefined;
  /** The target of the data, instead of the same path in the user's home. */
  dataTo?: string | undefined;
  /** The daemon's own keys are not kept: clients use the token of the service. */
  newKeys?: boolean | undefined;
}

/**
 * Gives the name of the service: the one that is already defined to run this daemon, else a name made from that of the
 * unit, label, task or app.
 */
export function serviceNameFor({
  daemon,
  name,
  serves,
}: Pick<Finding, 'daemon' | 'name' | 'serves'>): string {
  if (serves !== undefined) return serves;
  // `claude-mneme` is the name of an adapter, and a service of that name would run its daemon. This service runs the
  // bundled one.
  const bare = (daemon === mneme ? 'mneme-server' : (daemon ?? name))
    .replace(/\.(service|plist)$/, '')
    .toLowerCase();
  const words = bare.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '');
  return words.slice(0, 32).replace(/-+$/, '') || 'memory';
}

/** Notes about keys for the user. Settings that could not be read are not the same as settings without keys. */
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

/** The fields of a service that runs the bundled daemon on the data of claude-mneme's server, under the same names. */
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

/**
 * The command as it was. A command in a place of its adapter is not kept: it names the version of today, and the
 * adapter's own command finds the next one too.
 */
function pinned(
  command: readonly string[],
  workingDirectory: string | undefined,
  data: DataMove,
  old: string | undefined,
): RequestedFields {
  return {
    command: command.map((word) => relocated(word, data, old)),
    ...(workingDirectory === undefined ? {} : { workingDirectory: relocated(workingDirectory, data, old) }),
  };
}

const secretName = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;

/**
 * The fields of a service that runs the same program, with its argv, environment and directory. Its adapter defines how
 * it is probed and stopped.
 */
function sameCommand(
  finding: Finding,
  data: DataMove,
): Pick<MigrationTarget, 'changes' | 'secrets' | 'notes'> {
  const { command, environment, workingDirectory, port, portTold, daemon, adapted, probe } = finding;
  if (command === undefined) {
    throw new MemorydError('failed', `the command of ${idOf(finding)} is unknown`, {
      hint: 'memoryd install --help',
    });
  }
  const old = oldPath(finding);
  const variables = Object.entries(environment).map(
    ([name, value]) => [name, relocated(value, data, old)] as const,
  );
  const plain = variables.filter(
    ([name]) => !secretName.test(name) && adapted?.variables.includes(name) !== true,
  );
  const keepsPort = adapted === undefined || portTold === true;
  const changes = {
    ...(daemon === undefined ? {} : { adapter: daemon }),
    ...(adapted === undefined ? pinned(command, workingDirectory, data, old) : {}),
    ...(probe === undefined ? {} : { probe }),
    port: keepsPort && port !== undefined && port >= 1024 ? port : undefined,
    ...(plain.length === 0 ? {} : { environment: Object.fromEntries(plain) }),
    ...(data.kind === 'none' ? {} : { dataDir: data.kind === 'copy' ? data.to : data.path }),
  };
  const secrets = Object.fromEntries(variables.filter(([name]) => secretName.test(name)));
  return { changes, secrets, notes: [] };
}

/**
 * Gives the service that a finding becomes: the bundled daemon for claude-mneme's server, else the same program (pure).
 * `settings` are the daemon's own, if it has any.
 * Throws `failed` when the command is unknown, and what dataMoveOf throws.
 */
export function targetOf(
  finding: Finding,
  user: User,
  requested: TargetArguments,
  settings: MnemeSettings | undefined,
): MigrationTarget {
  const data = dataMoveOf(finding, user, requested.dataTo);
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
