import type { Profile } from './profile.ts';

/** Everything `launchctl print` says of a job. What is absent is not printed. */
export interface JobView {
  /** `gui/501/label`. */
  target: string;
  label: string;
  path: string;
  type: 'LaunchAgent' | 'LaunchDaemon';
  state: string;
  argv: readonly [string, ...string[]];
  workingDirectory?: string | undefined;
  stdout?: string | undefined;
  stderr?: string | undefined;
  inherited?: readonly (readonly [string, string])[];
  environment: readonly (readonly [string, string])[];
  /** With a code requirement of its own. */
  lwcr?: boolean;
  /** `gui/501 [100020]`. */
  domain: string;
  asid: number;
  throttleSecs: number;
  exitTimeoutSecs: number;
  runs: number;
  pid?: number | undefined;
  reason?: string;
  forks?: number;
  /** `code = 1` or `terminating signal = Terminated: 15`. */
  last: string;
  pended?: boolean;
  semaphores?: readonly string[];
  /** The lines inside, indented. */
  triggers?: readonly string[];
  channels?: readonly string[];
  coalitions?: readonly [resource: number, jetsam: number] | undefined;
  spawnType: string;
  jobState: string;
  properties: readonly string[];
}

type Line = string | undefined | false;

const block = (name: string, lines: readonly string[] | undefined): Line[] =>
  lines === undefined ? [] : [`${name} = {`, ...lines.map((line) => `\t${line}`), '}', ''];

const pairs = (entries: readonly (readonly [string, string])[] | undefined): string[] | undefined =>
  entries?.map(([key, value]) => `${key} => ${value}`);

/** One line of a recording ends without the line break that belongs there. */
const codeRequirement = [
  '"reqs" => {',
  '\t"cdhash" => {',
  '\t\t"$in" => [',
  '\t\t\t0 = \t\t\t\t]',
  '\t}',
  '}',
  '"vers" => 1',
  '"comp" => 1',
  '"ccat" => 0',
];

function processLines(view: JobView, profile: Profile): Line[] {
  if (view.pid === undefined) return [];
  return [
    `pid = ${view.pid}`,
    `immediate reason = ${view.reason ?? 'speculative'}`,
    `forks = ${view.forks ?? 0}`,
    'execs = 1',
    'initialized = 1',
    'trampolined = 1',
    'started suspended = 0',
    'proxy started suspended = 0',
    ...(profile.checkedAllocations
      ? [
          'checked allocations = 0 (queried = 1)',
          'checked allocations reason = no host',
          'checked allocations flags = 0x0',
        ]
      : []),
  ];
}

function coalition(kind: string, id: number, view: JobView): Line[] {
  const lines = [
    `ID = ${id}`,
    `type = ${kind}`,
    'state = active',
    'active count = 1',
    `name = ${view.label}`,
  ];
  return block(`${kind} coalition`, lines);
}

function limits(view: JobView, profile: Profile): Line[] {
  return [
    `spawn type = ${view.spawnType}`,
    'jetsam priority = 40',
    'jetsam memory limit (active) = (unlimited)',
    'jetsam memory limit (inactive) = (unlimited)',
    'jetsamproperties category = daemon',
    'jetsam thread limit = 32',
    'cpumon = default',
    profile.jobState && `job state = ${view.jobState}`,
    profile.jobState && 'sanitizer flags = 0x0',
    '',
    `properties = ${view.properties.join(' | ')}`,
  ];
}

/** What `launchctl print <target>` prints, byte for byte. */
export function printJob(view: JobView, profile: Profile): string {
  const [resource, jetsam] = (profile.coalitions && view.coalitions) || [];
  const lines: Line[] = [
    `active count = ${view.pid === undefined ? 0 : 1}`,
    `path = ${view.path}`,
    profile.type && `type = ${view.type}`,
    `state = ${view.state}`,
    '',
    `program = ${view.argv[0]}`,
    ...block('arguments', view.argv),
    ...(view.workingDirectory === undefined ? [] : [`working directory = ${view.workingDirectory}`, '']),
    view.stdout !== undefined && `stdout path = ${view.stdout}`,
    view.stderr !== undefined && `stderr path = ${view.stderr}`,
    ...block('inherited environment', pairs(view.inherited)),
    ...block('default environment', ['PATH => /usr/bin:/bin:/usr/sbin:/sbin']),
    ...block('environment', pairs(view.environment)),
    ...block('LWCR', profile.jobState && view.lwcr ? codeRequirement : undefined),
    `domain = ${view.domain}`,
    profile.asid && `asid = ${view.asid}`,
    `minimum runtime = ${view.throttleSecs}`,
    `exit timeout = ${view.exitTimeoutSecs}`,
    `runs = ${view.runs}`,
    profile.successiveCrashes && 'successive crashes = 0',
    ...processLines(view, profile),
    `last ${view.last}`,
    view.pended && 'pended nondemand spawn = speculative',
    '',
    ...block('semaphores', view.semaphores),
    ...block('event triggers', view.triggers),
    ...block('event channels', view.channels),
    ...(resource === undefined ? [] : coalition('resource', resource, view)),
    ...(jetsam === undefined ? [] : coalition('jetsam', jetsam, view)),
    ...limits(view, profile),
  ];
  const body = lines.filter((line) => line !== undefined && line !== false);
  const header = profile.fullTarget ? view.target : view.label;
  return [`${header} = {`, ...body.map((line) => (line === '' ? '' : `\t${line}`)), '}', ''].join('\n');
}

function disabledServices(
  overrides: ReadonlyMap<string, boolean>,
  { disabledWords }: Profile,
  indent: string,
): string {
  const word = (disabled: boolean) =>
    disabledWords ? (disabled ? 'disabled' : 'enabled') : String(disabled);
  const rows = [...overrides].map(([label, disabled]) => `${indent}\t"${label}" => ${word(disabled)}\n`);
  return `${indent}disabled services = {\n${rows.join('')}${indent}}\n`;
}

/** What `launchctl print-disabled` prints, byte for byte. */
export function printDisabled(overrides: ReadonlyMap<string, boolean>, profile: Profile): string {
  const [gap, indent] = profile.disabledWords ? ['\n', '\t'] : ['', ''];
  const services = disabledServices(overrides, profile, indent);
  return `${gap}${services}${gap}${indent}login item associations = {\n${indent}}\n`;
}

export interface DomainView {
  /** `gui/501`. */
  name: string;
  session: string;
  services: readonly { pid: number | undefined; label: string }[];
  /** Nothing is printed of them where there are none. */
  overrides: ReadonlyMap<string, boolean>;
}

/** What `launchctl print <domain>` prints, as far as recordings show: the beginning, a row, the order of what we read. */
export function printDomain({ name, session, services, overrides }: DomainView, profile: Profile): string {
  const rows = services.map(({ pid, label }) => `\t\t${String(pid ?? 0).padStart(8)}      - \t${label}\n`);
  const head = `${name} = {\n\ttype = login\n\thandle = 100020\n\tactive count = ${services.length}\n`;
  const block = `\tsession = ${session}\n\n\tservices = {\n${rows.join('')}\t}\n\n`;
  const disabled = overrides.size === 0 ? '' : disabledServices(overrides, profile, '\t');
  return `${head}${block}${disabled}}\n`;
}

/** What the legacy `launchctl list <label>` prints, byte for byte. */
export function printListed(entries: readonly (readonly [string, string | number | boolean])[]): string {
  const rows = entries.map(
    ([key, value]) => `\t"${key}" = ${typeof value === 'string' ? `"${value}"` : String(value)};\n`,
  );
  return `{\n${rows.join('')}};\n`;
}
