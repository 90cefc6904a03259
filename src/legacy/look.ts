import { MemorydError } from '../errors.ts';
import type { Machine } from '../install/change.ts';
import { asRoot, elevatedTimeoutMs, refusedElevation } from '../install/elevate.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import type { TreeSurvey } from '../system/tree/survey.ts';
import { mneme } from './catalogue.ts';
import { detectLegacies } from './detect.ts';
import { type DataState, type Finding, idOf } from './finding.ts';
import { extentOf } from './probe/data.ts';
import { type MnemeSettings, settingsOf, settingsPath } from './settings.ts';

type LookingMachine = Pick<Machine, 'system' | 'roots'>;

/** A finding with what only its own settings tell, and what only root sees, in it. */
export interface Looked {
  finding: Finding;
  settings: MnemeSettings | undefined;
}

/**
 * The argv of this program that shows a directory or file to whoever runs it: see cli/commands/read-legacy.ts.
 * `settings` is a file that may say another directory.
 */
export function readerArgv(
  self: Argv,
  what: 'tree' | 'survey' | 'check' | 'file',
  path: string,
  settings?: string,
): [string, ...string[]] {
  const also = settings === undefined ? [] : ['--settings', settings];
  return [...self, 'read-legacy', what, ...also, '--', path] as [string, ...string[]];
}

async function outputAsRoot({ exec, ...system }: System, argv: Argv, reason: string): Promise<string> {
  const result = await exec.run(asRoot(system as System, argv, reason), { timeoutMs: elevatedTimeoutMs });
  if (result.kind === 'exited' && result.code === 0) return result.stdout;
  throw refusedElevation(
    reason,
    result.kind === 'missing' ? 'there is no sudo' : 'stderr' in result ? result.stderr : '',
  );
}

async function settingsAsRoot(
  system: System,
  self: Argv,
  finding: Finding,
): Promise<MnemeSettings | undefined> {
  const path = settingsPath(finding);
  if (path === undefined) return undefined;
  const text = await outputAsRoot(system, readerArgv(self, 'file', path), `read ${path}`);
  return text === '' ? undefined : settingsOf(text, finding.home);
}

async function dataAsRoot(system: System, self: Argv, path: string): Promise<DataState> {
  const text = await outputAsRoot(system, readerArgv(self, 'survey', path), `look into ${path}`);
  const survey = JSON.parse(text) as TreeSurvey | { absent: true };
  if ('absent' in survey) return { kind: 'absent', path };
  return { kind: 'directory', path, mine: false, rootOnly: true, ...extentOf(survey) };
}

/** What this user may see. */
async function lookAlone({ files }: System, finding: Finding): Promise<MnemeSettings | undefined> {
  const path = settingsPath(finding);
  const read = path === undefined ? undefined : await files.read(path);
  return read?.kind === 'content' ? settingsOf(read.text, finding.home) : undefined;
}

/** Files of a unit's that only root reads. */
export const closedFiles = (finding: Finding): readonly string[] =>
  'closed' in finding ? finding.closed : [];

/** The same finding, looked for again with what only root reads in this user's sight. */
async function foundAsRoot(machine: LookingMachine, finding: Finding, self: Argv): Promise<Finding> {
  const paths = closedFiles(finding);
  if (paths.length === 0) return finding;
  const { system } = machine;
  const texts = new Map<string, string>();
  for (const path of paths)
    texts.set(path, await outputAsRoot(system, readerArgv(self, 'file', path), `read ${path}`));
  const read: System['files']['read'] = async (path) => {
    const text = texts.get(path);
    return text === undefined ? system.files.read(path) : { kind: 'content', text, bytes: Buffer.from(text) };
  };
  const seeing = { ...machine, system: { ...system, files: { ...system.files, read } } };
  const found = await detectLegacies(seeing, { kinds: [finding.kind], asked: [idOf(finding)] });
  return found.find(({ name }) => name === finding.name) ?? finding;
}

/**
 * Looks closer at a finding, as root where only root can and `elevate` says so; `self` is the argv of this program.
 * Changes nothing. Throws `permission` when root is refused.
 */
export async function look(
  machine: LookingMachine,
  found: Finding,
  elevate: boolean,
  self: Argv,
): Promise<Looked> {
  const { system } = machine;
  if (!elevate) return { finding: found, settings: await lookAlone(system, found) };
  const finding = await foundAsRoot(machine, found, self);
  const { data } = finding;
  if (data.kind !== 'closed') return { finding, settings: await lookAlone(system, finding) };
  const settings = await settingsAsRoot(system, self, finding);
  const seen = await dataAsRoot(system, self, settings?.dataDir ?? data.path);
  return { finding: { ...finding, port: settings?.port ?? finding.port, data: seen }, settings };
}

/** Throws `permission` for a daemon that goes on with its environment, when only root reads that and nobody asked root. */
export function refuseClosed(finding: Finding): void {
  const [path] = closedFiles(finding);
  if (path === undefined || finding.daemon === mneme) return;
  throw new MemorydError('permission', `only root can read ${path}, which ${idOf(finding)} needs`, {
    hint: shellLine(['memoryd', 'migrate', '--from', idOf(finding), '--sudo']),
  });
}

/** Throws `report`'s reason for a finding that is only told. */
export function refuseReported({ handling, kind, name }: Finding): void {
  if (handling.kind === 'migrate') return;
  const [command] = handling.commands;
  throw new MemorydError('failed', `${kind}:${name} is not migrated: ${handling.why}`, {
    ...(command === undefined ? {} : { hint: shellLine(command) }),
  });
}
