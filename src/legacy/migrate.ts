import { MemorydError } from '../errors.ts';
import { apply, type Recovery } from '../install/apply.ts';
import { type Change, changing, type Machine, stepContext } from '../install/change.ts';
import { completePlan, type PreparedInstall, prepareInstall } from '../install/install.ts';
import { readReceipt } from '../install/read.ts';
import { refuseSudo } from '../install/refuse-sudo.ts';
import type { Plan } from '../service/step.ts';
import type { BackendName } from '../service/unit.ts';
import type { Argv } from '../system/exec.ts';
import { mneme } from './catalogue.ts';
import { type Finding, idOf } from './finding.ts';
import { readerArgv, refuseReported } from './look.ts';
import { movesOf } from './moves/index.ts';
import { type MigrationPaths, migrationPaths } from './paths.ts';
import { elevatedReasons, type MigrationInput, planMigration, planRemoval } from './plan.ts';
import { type MigrationRecord, readRecord } from './record.ts';
import type { MnemeSettings } from './settings.ts';
import { refuseFullDisk } from './space.ts';
import { type Target, type TargetWishes, targetOf } from './target.ts';

export interface MigrateRequest {
  finding: Finding;
  settings: MnemeSettings | undefined;
  wishes: TargetWishes;
  /** What becomes of the old one: see plan.ts. */
  retire: MigrationInput['retire'];
  /** The data come through our input, because root's part is done by a script around this run. */
  piped: boolean;
  backend?: BackendName | undefined;
  /** argv of this program, which root runs to read what only root may. */
  self: Argv;
}

/** A plan and what it was made from. */
export interface PreparedMigration {
  plan: Plan;
  target: Target;
  install: PreparedInstall;
  paths: MigrationPaths;
  /** What root is needed for, in order; empty when nobody is. */
  elevated: string[];
}

export interface MigrationOutcome extends PreparedMigration {
  recovery: Recovery;
}

/** The same machine, to which the port that the old daemon has counts as free: it will be. */
function withPortFree(machine: Machine, { port, run }: Finding): Machine {
  if (port === undefined || run.kind === 'stopped') return machine;
  const { network } = machine.system;
  const probe: typeof network.probe = async (host, asked) =>
    asked === port ? 'free' : network.probe(host, asked);
  return { ...machine, system: { ...machine.system, network: { ...network, probe } } };
}

function recordOf(
  request: MigrateRequest,
  target: Target,
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

/** A service of that name that this legacy did not become is somebody's already. */
function refuseTaken(
  installed: boolean,
  record: MigrationRecord | undefined,
  target: Target,
  id: string,
): void {
  if (!installed || (record?.service === target.service && record.stage === 'kept')) return;
  throw new MemorydError('failed', `"${target.service}" is installed already`, {
    hint: `memoryd migrate ${target.service}-2 --from ${id}`,
  });
}

/** Works out what a migration has to do. Changes nothing. */
export async function prepareMigration(
  { machine, service, paths: servicePaths }: Pick<Change, 'machine' | 'service' | 'paths'>,
  request: MigrateRequest,
  target: Target,
): Promise<PreparedMigration> {
  const { system, roots } = machine;
  const { finding, self } = request;
  const id = idOf(finding);
  const paths = migrationPaths(roots, finding);
  const moves = await movesOf(system, finding, paths, target.data, self);
  if (moves === undefined) throw new MemorydError('failed', `memoryd cannot move ${id}`);
  const [receipt, record] = await Promise.all([
    readReceipt(system.files, servicePaths),
    readRecord(system.files, paths.record),
  ]);
  refuseTaken(receipt.kind === 'valid', record, target, id);
  const change = { machine: withPortFree(machine, finding), service, paths: servicePaths };
  const install = await prepareInstall(change, {
    name: service,
    changes: receipt.kind === 'valid' ? {} : target.changes,
    secrets: target.secrets,
    backend: request.backend,
  });
  const input: MigrationInput = {
    service,
    moves,
    install: install.plan.steps,
    port: install.port,
    data: target.data,
    paths,
    reader: (directory) =>
      request.piped
        ? { kind: 'stdin' }
        : { kind: 'root', argv: readerArgv(self, 'tree', directory), reason: `read ${directory}` },
    sync: finding.daemon === mneme,
    retire: request.retire,
    record: { ...recordOf(request, target, paths, system.clock.now()) },
  };
  if (receipt.kind === 'valid') {
    const plan = planRemoval(input);
    return { plan, target, install, paths, elevated: elevatedReasons(plan) };
  }
  await completePlan(change, install);
  const plan = planMigration({ ...input, install: install.plan.steps });
  return { plan, target, install, paths, elevated: elevatedReasons(plan) };
}

async function refuseNoRoom({ data }: Target, { backup }: MigrationPaths): Promise<void> {
  if (data.kind === 'stay') await refuseFullDisk(backup, data.allocated);
  if (data.kind === 'copy') await refuseFullDisk(data.to, data.allocated);
}

/**
 * Moves a daemon from an older way to a service of this user's, and resolves when that answers with the data there and
 * the old one is gone. When it throws, everything is as before and the old one runs again; what a killed run left is
 * undone, or finished once verified, by the next one.
 */
export async function migrate(machine: Machine, request: MigrateRequest): Promise<MigrationOutcome> {
  refuseSudo(machine.system);
  refuseReported(request.finding);
  const target = planTarget(machine, request);
  return changing(machine, target.service, async (change) => {
    const prepared = await prepareMigration(change, request, target);
    await refuseNoRoom(target, prepared.paths);
    await prepared.install.foreign?.warmUp();
    await apply(prepared.plan, stepContext(change, prepared.install.backend), machine.progress);
    return { ...prepared, recovery: change.recovery };
  });
}

/** What the legacy will become (pure). Throws as target.ts says. */
export function planTarget({ system }: Pick<Machine, 'system'>, request: MigrateRequest): Target {
  const { finding, wishes, settings } = request;
  return targetOf(finding, system.user, wishes, settings);
}
