import { MemorydError } from '../errors.ts';
import { addReceipt, checkUnits, type PreparedInstall, prepareInstall } from '../install/install.ts';
import { readReceipt } from '../install/observe-files.ts';
import type { LockedService, Machine } from '../install/service-lock.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Plan } from '../service/step.ts';
import type { BackendName } from '../service/unit.ts';
import type { Argv } from '../system/exec.ts';
import type { Files } from '../system/files.ts';
import { realPath } from '../system/real-path.ts';
import { probeAccounts } from './accounts.ts';
import { type Downtime, downtimeOf } from './downtime.ts';
import { type Finding, idOf } from './finding.ts';
import { mneme } from './known-daemons.ts';
import { holdsPort } from './listened-port.ts';
import { type MigrationPaths, migrationPaths } from './paths.ts';
import { elevatedReasons, type MigrationInput, planMigration, planRemoval } from './plan.ts';
import { treeReader } from './read-as.ts';
import { type MigrationRecord, readRecord } from './record.ts';
import { refuseImpossibleCopy } from './refuse-impossible.ts';
import type { MnemeSettings } from './settings.ts';
import { stepsOf } from './steps-of.ts';
import type { MigrationTarget, TargetArguments } from './target.ts';

export interface MigrateRequest {
  finding: Finding;
  settings: MnemeSettings | undefined;
  requested: TargetArguments;
  /** What happens to the old setup: see plan.ts. */
  retire: MigrationInput['retire'];
  /** The data comes through standard input, because a script runs root's part around this run. */
  piped: boolean;
  backend?: BackendName | undefined;
  /** The argv of this program. */
  self: Argv;
}

/** A plan and its input. */
export interface PreparedMigration {
  plan: Plan;
  target: MigrationTarget;
  install: PreparedInstall;
  paths: MigrationPaths;
  /** The reasons for which root is needed, in order. Empty when it is not needed. */
  elevated: string[];
  /** Undefined when no running daemon is stopped. */
  downtime: Downtime | undefined;
}

/** The same machine with the ports of the old daemon reported as free: they are once that daemon is stopped. */
function withPortFree(machine: Machine, finding: Finding): Machine {
  const { system } = machine;
  const { network } = system;
  const probe: typeof network.probe = async (host, asked) => {
    const seen = await network.probe(host, asked);
    if (seen === 'free') return seen;
    const { names } = await probeAccounts(system);
    const isAccount = (uid: number) => names.get(uid) === finding.runsAs;
    return (await holdsPort(system, finding, asked, isAccount)) ? 'free' : seen;
  };
  return { ...machine, system: { ...machine.system, network: { ...network, probe } } };
}

function recordOf(
  request: MigrateRequest,
  target: MigrationTarget,
  paths: MigrationPaths,
  now: Date,
): MigrationRecord {
  const { data } = target;
  return {
    schema: 1,
    legacy: idOf(request.finding),
    service: target.service,
    stage: request.retire === 'disable' ? 'kept' : 'removed',
    at: now.toISOString(),
    definedIn: [...request.finding.definedIn],
    data: data.kind === 'none' ? null : data.kind === 'copy' ? data.to : data.path,
    original: data.kind === 'none' ? null : data.kind === 'copy' ? data.from : paths.backup,
  };
}

/**
 * Throws when a service of that name exists, unless an earlier migration made it from this finding and kept the old
 * setup.
 */
function refuseTaken(
  installed: boolean,
  record: MigrationRecord | undefined,
  { service }: MigrationTarget,
  finding: Finding,
): void {
  if (!installed || (record?.service === service && record.stage === 'kept')) return;
  if (finding.serves === service) {
    throw new MemorydError('failed', `"${service}" is already installed and runs the same daemon`, {
      hint: `memoryd uninstall ${service}`,
    });
  }
  throw new MemorydError('failed', `"${service}" is already installed`, {
    hint: shellLine(['memoryd', 'migrate', `${service}-2`, '--from', idOf(finding)]),
  });
}

/** A free path for the backup. The backup of an earlier, undone migration is never overwritten. */
async function withFreeBackup(files: Files, paths: MigrationPaths): Promise<MigrationPaths> {
  for (let count = 1; ; count += 1) {
    const backup = count === 1 ? paths.backup : `${paths.backup}-${count}`;
    if ((await files.inspect(backup)).kind === 'absent') return { ...paths, backup };
  }
}

/**
 * Prepares the plan of a migration. Changes nothing.
 * Throws for a service name that is taken, and what preparing the install throws.
 */
export async function prepareMigration(
  { machine, service, paths: servicePaths }: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  request: MigrateRequest,
  target: MigrationTarget,
): Promise<PreparedMigration> {
  const { system, roots } = machine;
  const { finding, self } = request;
  const id = idOf(finding);
  const paths = await withFreeBackup(system.files, migrationPaths(roots, finding));
  const migrationSteps = await stepsOf(system, finding, paths, target.data, self);
  if (migrationSteps === undefined) throw new MemorydError('failed', `memoryd cannot migrate ${id}`);
  const [receipt, record] = await Promise.all([
    readReceipt(system.files, servicePaths),
    readRecord(system.files, paths.record),
  ]);
  refuseTaken(receipt.kind === 'valid', record, target, finding);
  const change = { machine: withPortFree(machine, finding), service, paths: servicePaths };
  const install = await prepareInstall(change, {
    name: service,
    changes: receipt.kind === 'valid' ? {} : target.changes,
    flags: request.requested.port === undefined ? {} : { port: '--port' },
    secrets: target.secrets,
    backend: request.backend,
  });
  const input: MigrationInput = {
    service,
    migrationSteps,
    install: install.plan.steps,
    port: install.port,
    data: target.data,
    paths,
    reader: (directory) =>
      request.piped
        ? { kind: 'stdin' }
        : {
            kind: 'root',
            ...treeReader(system.platform, finding.runsAs, realPath(directory)),
            reason: `read ${directory}`,
          },
    sync: finding.daemon === mneme,
    retire: request.retire,
    record: { ...recordOf(request, target, paths, system.clock.now()) },
  };
  if (receipt.kind === 'valid') {
    const { stage, at } = input.record;
    const plan = planRemoval({ ...input, record: { ...record, stage, at } });
    return { plan, target, install, paths, elevated: elevatedReasons(plan), downtime: undefined };
  }
  await checkUnits(install);
  await refuseImpossibleCopy(system.files, target.data, paths);
  addReceipt(change, install);
  const plan = planMigration({ ...input, install: install.plan.steps });
  const downtime = downtimeOf(plan.steps, migrationSteps.stop);
  return { plan, target, install, paths, elevated: elevatedReasons(plan), downtime };
}
