import { MemorydError } from '../../errors.ts';
import type { Machine } from '../../install/service-lock.ts';
import { type Finding, idOf } from '../../legacy/finding.ts';
import { refuseReported } from '../../legacy/inspect.ts';
import { type MigrationOutcome, migrate, planTarget } from '../../legacy/migrate.ts';
import type { MigrateRequest } from '../../legacy/prepare.ts';
import { interruptedServices } from '../../legacy/recover.ts';
import { type MigrateArguments, requestFor } from '../../legacy/request.ts';
import { shellLine } from '../../service/shell-line.ts';
import type { Argv } from '../../system/exec.ts';
import { confirm } from '../confirm.ts';
import type { Output } from '../output.ts';

interface LegacyMove {
  finding: Finding;
  requested: MigrateArguments;
  self: Argv;
  /** The user agreed to root's steps on the command line. */
  sudo: boolean;
}

/** Prints what needs an administrator, and why, before anything is asked for or done. */
function reportNeeds(out: Output, { needsAdmin }: Finding, who: string): void {
  if (needsAdmin.length === 0) return;
  out.info(`${who} is needed to`);
  for (const { what, why } of needsAdmin) out.info(`  ${what} (${why})`);
}

/** Whether to run root's steps through sudo, after asking the user. On Windows, Windows itself asks later. */
async function consent(
  out: Output,
  { system }: Machine,
  { finding, requested, sudo }: LegacyMove,
): Promise<boolean> {
  if (system.platform === 'win32') reportNeeds(out, finding, 'an administrator');
  if (finding.needsAdmin.length === 0 || system.user.uid <= 0 || requested.byScript) return false;
  reportNeeds(out, finding, 'root');
  const command = shellLine(['memoryd', 'migrate', '--from', idOf(finding)]);
  if (!sudo && !process.stdin.isTTY) {
    out.info(`to review root's steps and run them yourself: ${command} --script`);
    throw new MemorydError('permission', `moving ${idOf(finding)} needs root`, { hint: `${command} --sudo` });
  }
  if (!sudo) await confirm('run these steps through sudo?', `${command} --sudo`);
  return true;
}

/** Says whether everything was undone, before the error is printed. */
async function reportUndone(out: Output, machine: Machine, request: MigrateRequest): Promise<void> {
  const { service } = planTarget(machine, request);
  const open = (await interruptedServices(machine)).includes(service);
  out.info(
    open
      ? 'not everything could be undone: run the same command again'
      : `${idOf(request.finding)} is as it was before`,
  );
}

function outcomeDocument(finding: Finding, outcome: MigrationOutcome): object {
  const { target, install, paths, recovery, gapMs = null } = outcome;
  const { service, data, notes } = target;
  const { port } = install;
  const url = `http://127.0.0.1:${port}`;
  const legacy = idOf(finding);
  const record = paths.record;
  return { event: 'migrated', legacy, service, port, url, data, record, recovery, gapMs, notes };
}

function reportOutcome(out: Output, finding: Finding, outcome: MigrationOutcome): void {
  if (out.json) out.printJson(outcomeDocument(finding, outcome));
  const { target, install, paths, gapMs } = outcome;
  const { service, data, notes } = target;
  out.info(
    `${service}: answering on 127.0.0.1:${install.port}${data.kind === 'none' ? '' : ', with its data'}`,
  );
  if (gapMs !== undefined) out.info(`downtime: ${(gapMs / 1000).toFixed(1)} s`);
  if (data.kind === 'copy')
    out.info(`the old data is still in ${data.from}: delete it when you no longer need it`);
  if (data.kind === 'stay') out.info(`a backup of the data: ${paths.backup}`);
  for (const note of notes) out.info(note);
  out.info(`what is needed to go back: ${paths.directory}`);
}

/** Moves one older service after asking for the consent it needs, and prints what was verified. */
export async function moveLegacy(out: Output, machine: Machine, move: LegacyMove): Promise<void> {
  const { finding, requested, self } = move;
  refuseReported(finding);
  const sudo = await consent(out, machine, move);
  const request = await requestFor(machine, finding, requested, self, sudo);
  out.info(`${idOf(finding)}:`);
  try {
    reportOutcome(out, finding, await migrate(machine, request));
  } catch (error) {
    await reportUndone(out, machine, request);
    throw error;
  }
}
