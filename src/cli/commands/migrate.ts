import { resolve } from 'node:path';
import { MemorydError, messageOf } from '../../errors.ts';
import type { Machine } from '../../install/service-lock.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { checkPiped } from '../../legacy/check-piped.ts';
import { probeData } from '../../legacy/data.ts';
import { detectLegacies, kindsOn } from '../../legacy/detect.ts';
import { withOtherData } from '../../legacy/detection-context.ts';
import type { Finding } from '../../legacy/finding.ts';
import { recoverInterrupted } from '../../legacy/recover.ts';
import { refuseClash } from '../../legacy/refuse-impossible.ts';
import { type MigrateArguments, requestFor } from '../../legacy/request.ts';
import { fullName, parseFrom, selectFindings } from '../../legacy/select.ts';
import type { BackendName } from '../../service/unit.ts';
import type { Argv } from '../../system/exec.ts';
import { realPath } from '../../system/real-path.ts';
import { interruptible } from '../interruptible.ts';
import { type Output, output, showError } from '../output.ts';
import { findingDocument, renderFinding } from '../render/findings.ts';
import { stepEvents } from '../render/step-events.ts';
import { moveLegacy } from './move-legacy.ts';
import { orphans, removeOrphans } from './pm2-orphans.ts';
import { printScript, showMigration } from './show-migration.ts';

interface MigrateFlags {
  json?: boolean;
  from?: string;
  all?: boolean;
  port?: number;
  data?: string;
  newKeys?: boolean;
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

/** The command that a script runs as this user: this Node and this program, by absolute paths, so that the environment cannot change them. */
const self = (): Argv => [process.execPath, realPath(process.argv[1] as string)];

const argumentsOf = (service: string | undefined, options: MigrateFlags): MigrateArguments => ({
  service,
  port: options.port,
  dataTo: options.dataTo,
  newKeys: options.newKeys === true,
  keepOld: options.keepOld === true,
  backend: options.backend,
  byScript: options.byScript === true,
  settings: options.settings,
});

/** Where the data are that `--data` names, instead of where they were found. */
async function dataAt({ system }: Machine, found: Finding[], path: string): Promise<Finding[]> {
  const data = await probeData(system.files, system.user, resolve(path));
  return found.map((finding) => withOtherData(finding, data));
}

async function findings(out: Output, machine: Machine, options: MigrateFlags): Promise<Finding[]> {
  if (options.from === undefined) {
    if (options.data !== undefined)
      throw new MemorydError('usage', '--data needs --from', {
        hint: 'memoryd migrate --dry-run',
      });
    const unasked = (kind: string, error: unknown) => out.info(`${kind}: not checked: ${messageOf(error)}`);
    return detectLegacies(machine, { unasked });
  }
  const { kind, name } = parseFrom(options.from);
  const asked = name === undefined ? [] : [`${kind}:${fullName(kind, name)}`];
  const found = await detectLegacies(machine, { kinds: [kind], asked });
  return options.data === undefined ? found : dataAt(machine, found, options.data);
}

/** Shows every older service, the steps of its migration, and what PM2 left behind for deleted apps. */
async function showAll(
  out: Output,
  machine: Machine,
  all: Finding[],
  requested: MigrateArguments,
  sudo: boolean,
): Promise<void> {
  for (const finding of all) {
    try {
      await showMigration(
        out,
        machine,
        await requestFor(machine, finding, requested, self(), sudo && finding.handling.kind === 'migrate'),
      );
    } catch (error) {
      // A service that cannot be migrated must not hide the others.
      showError(error, out.json);
    }
  }
  const left = await orphans(machine);
  if (out.json) return out.printJson({ event: 'orphans', paths: left });
  for (const path of left) out.print(`left behind by PM2: ${path}`);
  if (left.length > 0) out.info('try: memoryd migrate --remove-orphans');
  if (all.length === 0)
    out.info(`no older services found (checked: ${kindsOn(machine.system.platform).join(', ')})`);
}

export async function migrateCommand(name: string | undefined, options: MigrateFlags): Promise<void> {
  const out = output(options.json === true);
  const notes: string[] = [];
  const machine: Machine = { ...thisMachine(), ...interruptible(stepEvents(out, notes)) };
  if (options.removeOrphans) return removeOrphans(out, machine, options.dryRun === true);
  if (!options.dryRun && !options.script) {
    for (const { service, recovery } of await recoverInterrupted(machine)) {
      out.info(`${service}: the interrupted change was ${recovery}`);
    }
  }
  const all = await findings(out, machine, options);
  if (options.dryRun && options.from === undefined)
    return showAll(out, machine, all, argumentsOf(undefined, options), options.sudo === true);
  const chosen = selectFindings(all, options);
  if (chosen.length === 0) {
    if (out.json) return out.printJson({ event: 'nothing', findings: all.map(findingDocument) });
    for (const finding of all) out.print(renderFinding(finding));
    return out.info('nothing to migrate');
  }
  if (name === undefined) refuseClash(chosen);
  try {
    for (const finding of chosen) {
      const requested = argumentsOf(chosen.length === 1 ? name : undefined, options);
      if (options.dryRun || options.script) {
        const request = await requestFor(machine, finding, requested, self(), options.sudo === true);
        if (options.script) await printScript(out, machine, request);
        else if (options.byScript) await checkPiped(machine, request);
        else await showMigration(out, machine, request);
      } else
        await moveLegacy(out, machine, { finding, requested, self: self(), sudo: options.sudo === true });
    }
  } finally {
    for (const note of notes) out.info(note);
  }
}
