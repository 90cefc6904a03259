import { realpathSync } from 'node:fs';
import { MemorydError } from '../../errors.ts';
import type { Machine } from '../../install/change.ts';
import { detectLegacies, kindsOn } from '../../legacy/detect.ts';
import { type Finding, idOf } from '../../legacy/finding.ts';
import { refuseReported } from '../../legacy/look.ts';
import { migrate } from '../../legacy/migrate.ts';
import { recoverInterrupted } from '../../legacy/recover.ts';
import { requestFor } from '../../legacy/request.ts';
import { fullName, parseFrom, selectFindings } from '../../legacy/select.ts';
import type { BackendName } from '../../service/unit.ts';
import type { Argv } from '../../system/exec.ts';
import { confirm } from '../confirm.ts';
import { thisMachine } from '../machine.ts';
import { type Output, output } from '../output.ts';
import { telling } from '../render/copy-progress.ts';
import { findingDocument, renderFinding } from '../render/findings.ts';
import { progressTo } from '../render/progress.ts';
import { removeOrphans } from './pm2-orphans.ts';
import { printScript, showMigration } from './show-migration.ts';

interface Options {
  json?: boolean;
  from?: string;
  all?: boolean;
  port?: number;
  dataTo?: string;
  keepOld?: boolean;
  sudo?: boolean;
  script?: boolean;
  removeOrphans?: boolean;
  backend?: BackendName;
  dryRun?: boolean;
  byScript?: boolean;
  settings?: string;
}

/** What root runs: this Node and this program, by paths that no environment changes. */
const self = (): Argv => [process.execPath, realpathSync(process.argv[1] as string)];

const wishesOf = (service: string | undefined, options: Options) => ({
  service,
  port: options.port,
  dataTo: options.dataTo,
  keepOld: options.keepOld === true,
  backend: options.backend,
  byScript: options.byScript === true,
  settings: options.settings,
});

async function findings(machine: Machine, options: Options): Promise<Finding[]> {
  if (options.from === undefined) return detectLegacies(machine);
  const { kind, name } = parseFrom(options.from);
  const asked = name === undefined ? [] : [`${kind}:${fullName(kind, name)}`];
  return detectLegacies(machine, { kinds: [kind], asked });
}

/** Root's steps with their reasons, before anything is asked for or done. */
async function consent(out: Output, finding: Finding, options: Options): Promise<void> {
  const id = idOf(finding);
  out.talk('root is needed to');
  for (const { what, why } of finding.needsAdmin) out.talk(`  ${what} (${why})`);
  if (options.sudo) return;
  if (!process.stdin.isTTY) {
    throw new MemorydError('permission', `moving ${id} needs root`, {
      hint: `memoryd migrate --from ${id} --sudo, or --script to read and run it yourself`,
    });
  }
  await confirm('run these through sudo?', `memoryd migrate --from ${id} --sudo`);
}

async function moveOne(
  out: Output,
  machine: Machine,
  finding: Finding,
  name: string | undefined,
  options: Options,
) {
  refuseReported(finding);
  const { system } = machine;
  const root = finding.needsAdmin.length > 0 && system.user.uid !== 0 && options.byScript !== true;
  if (root) await consent(out, finding, options);
  const request = await requestFor(machine, finding, wishesOf(name, options), self(), root);
  out.talk(`${idOf(finding)}:`);
  const { target, install, paths, recovery } = await migrate(machine, request);
  const { data } = target;
  if (out.json) {
    const { service } = target;
    return out.document({
      event: 'migrated',
      legacy: idOf(finding),
      service,
      port: install.port,
      url: `http://127.0.0.1:${install.port}`,
      data,
      record: paths.record,
      recovery,
      notes: target.notes,
    });
  }
  out.talk(`${target.service}: answering on 127.0.0.1:${install.port}, with the data there`);
  if (data.kind === 'copy') out.talk(`the old data are still in ${data.from}: delete them when you are sure`);
  for (const note of target.notes) out.talk(note);
  out.talk(`what it was, for the way back: ${paths.directory}`);
}

export async function migrateCommand(name: string | undefined, options: Options): Promise<void> {
  const out = output(options.json === true);
  const notes: string[] = [];
  const machine: Machine = { ...thisMachine(), progress: progressTo(out), tell: telling(out, notes) };
  if (options.removeOrphans) return removeOrphans(out, machine, options.dryRun === true);
  if (!options.dryRun && !options.script) {
    for (const { service, recovery } of await recoverInterrupted(machine)) {
      out.talk(`${service}: what was cut off is ${recovery}`);
    }
  }
  const all = await findings(machine, options);
  if (options.dryRun && options.from === undefined) {
    for (const finding of all)
      await showMigration(
        out,
        machine,
        await requestFor(machine, finding, wishesOf(name, options), self(), false),
      );
    if (all.length === 0) out.talk(`nothing found: ${kindsOn(machine.system.platform).join(', ')}`);
    return;
  }
  const chosen = selectFindings(all, options);
  if (chosen.length === 0) {
    if (out.json) return out.document({ event: 'nothing', findings: all.map(findingDocument) });
    for (const finding of all) out.data(renderFinding(finding));
    return out.talk('nothing to move');
  }
  for (const finding of chosen) {
    const wishes = wishesOf(chosen.length === 1 ? name : undefined, options);
    if (options.dryRun || options.script) {
      const request = await requestFor(machine, finding, wishes, self(), options.sudo === true);
      await (options.script ? printScript(out, machine, request) : showMigration(out, machine, request));
    } else await moveOne(out, machine, finding, wishes.service, options);
  }
  for (const note of notes) out.talk(note);
}
