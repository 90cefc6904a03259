import { dirname, resolve } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { Machine } from '../install/service-lock.ts';
import { shellLine, shellWord } from '../service/shell-line.ts';
import type { System } from '../system/system.ts';
import { nameEncoding, shownName } from '../system/tree/names.ts';
import { detectLegacies } from './detect.ts';
import { type Finding, idOf } from './finding.ts';
import { dataAsRoot, readerOf, textAsRoot } from './inspect-as-root.ts';
import { mneme } from './known-daemons.ts';
import { type MnemeSettings, settingsOf, settingsPath } from './settings.ts';

type InspectMachine = Pick<Machine, 'system' | 'roots'>;

/** A finding completed from its own settings and, where root was allowed to read, from files of root. */
export interface InspectedFinding {
  finding: Finding;
  settings: MnemeSettings | undefined;
}

/**
 * Throws `failed` when the daemon's settings name another data directory than the one that was shown to the user.
 * memoryd does not follow such a setting, because the user did not agree to that path.
 */
export function refuseElsewhere(
  finding: Finding,
  settings: MnemeSettings | undefined,
  how: '--sudo' | '--script',
): void {
  const said = settings?.dataDir;
  if (said === undefined || finding.data.kind !== 'closed' || resolve(said) === resolve(finding.data.path))
    return;
  const shown = shownName(Buffer.from(said).toString(nameEncoding));
  throw new MemorydError(
    'failed',
    `${settingsPath(finding)} says that the data are in ${shown}, and not in ${finding.data.path}`,
    { hint: `memoryd migrate --from ${idOf(finding)} --data ${shellWord(said)} ${how}` },
  );
}

/** Whether every account can read a file: the file itself, and each directory above it. */
async function isOpenToAll({ files }: System, path: string): Promise<boolean> {
  const file = await files.inspect(path);
  if (file.kind !== 'file' || (file.stats.mode & 0o004) === 0) return false;
  for (let at = dirname(path); ; at = dirname(at)) {
    const seen = await files.inspect(at);
    if (seen.kind === 'directory' && (seen.stats.mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/** The settings that this user can read. On Windows file modes give no access rights, so `exposed` is false there. */
async function inspectAsUser(system: System, finding: Finding): Promise<MnemeSettings | undefined> {
  const path = settingsPath(finding);
  const read = path === undefined ? undefined : await system.files.read(path);
  if (path === undefined || read?.kind !== 'content') return undefined;
  const exposed = system.platform !== 'win32' && (await isOpenToAll(system, path));
  return { ...settingsOf(read.text, finding.home), exposed };
}

/** The files of a unit that only root can read. */
export const closedFiles = (finding: Finding): readonly string[] =>
  'closed' in finding ? finding.closed : [];

/** The same finding, detected again with the text of the files that only root can read. */
async function foundAsRoot(machine: InspectMachine, finding: Finding): Promise<Finding> {
  const paths = closedFiles(finding);
  if (paths.length === 0) return finding;
  const { system } = machine;
  const texts = new Map<string, string>();
  for (const path of paths) {
    const account = await readerOf(system, finding.runsAs, path);
    texts.set(path, await textAsRoot(system, account, path));
  }
  const read: System['files']['read'] = async (path) => {
    const text = texts.get(path);
    return text === undefined ? system.files.read(path) : { kind: 'content', text, bytes: Buffer.from(text) };
  };
  const seeing = { ...machine, system: { ...system, files: { ...system.files, read } } };
  const found = await detectLegacies(seeing, { kinds: [finding.kind], asked: [idOf(finding)] });
  return found.find(({ name }) => name === finding.name) ?? finding;
}

/**
 * Reads the details of a finding. With `elevate`, what this user cannot read is read by root or by the account that
 * owns it. Changes nothing.
 * Throws `permission` when root is refused, `failed` for what root must not read: see refuseElsewhere and read-as.ts.
 */
export async function inspectFinding(
  machine: InspectMachine,
  found: Finding,
  elevate: boolean,
): Promise<InspectedFinding> {
  const { system } = machine;
  if (!elevate) return { finding: found, settings: await inspectAsUser(system, found) };
  const finding = await foundAsRoot(machine, found);
  const { data, runsAs } = finding;
  if (data.kind !== 'closed') return { finding, settings: await inspectAsUser(system, finding) };
  const path = settingsPath(finding);
  const text = path === undefined ? '' : await textAsRoot(system, runsAs, path);
  const settings = text === '' ? undefined : settingsOf(text, finding.home);
  refuseElsewhere(finding, settings, '--sudo');
  const seen = await dataAsRoot(system, runsAs, data.path);
  return { finding: { ...finding, port: settings?.port ?? finding.port, data: seen }, settings };
}

/**
 * Throws `permission` for a daemon that keeps its environment when only root can read that environment and root was not
 * asked.
 */
export function refuseClosed(finding: Finding): void {
  const [path] = closedFiles(finding);
  if (path === undefined || finding.daemon === mneme) return;
  throw new MemorydError('permission', `only root can read ${path}, which ${idOf(finding)} needs`, {
    hint: shellLine(['memoryd', 'migrate', '--from', idOf(finding), '--sudo']),
  });
}

/** Throws `failed` for a finding that is only reported, with the reason and the command to run instead. */
export function refuseReported({ handling, kind, name }: Finding): void {
  if (handling.kind === 'migrate') return;
  const [command] = handling.commands;
  throw new MemorydError('failed', `${kind}:${name} is not migrated: ${handling.why}`, {
    ...(command === undefined ? {} : { hint: shellLine(command) }),
  });
}
