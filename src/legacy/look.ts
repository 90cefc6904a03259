import { MemorydError } from '../errors.ts';
import { asRoot, elevatedTimeoutMs, refusedElevation } from '../install/elevate.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import type { TreeSurvey } from '../system/tree/survey.ts';
import type { DataState, Finding } from './finding.ts';
import { extentOf } from './probe/data.ts';
import { type MnemeSettings, settingsOf, settingsPath } from './settings.ts';

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

/**
 * Looks closer at a finding, as root where only root can and `elevate` says so; `self` is the argv of this program.
 * Changes nothing. Throws `permission` when root is refused.
 */
export async function look(system: System, finding: Finding, elevate: boolean, self: Argv): Promise<Looked> {
  const { data } = finding;
  if (data.kind !== 'closed' || !elevate) return { finding, settings: await lookAlone(system, finding) };
  const settings = await settingsAsRoot(system, self, finding);
  const seen = await dataAsRoot(system, self, settings?.dataDir ?? data.path);
  return { finding: { ...finding, port: settings?.port ?? finding.port, data: seen }, settings };
}

/** Throws `report`'s reason for a finding that is only told. */
export function refuseReported({ handling, kind, name }: Finding): void {
  if (handling.kind === 'migrate') return;
  const [command] = handling.commands;
  throw new MemorydError('failed', `${kind}:${name} is not moved: ${handling.why}`, {
    ...(command === undefined ? {} : { hint: command.join(' ') }),
  });
}
