import { apply, type Recovery } from '../install/apply.ts';
import { refuseSudo } from '../install/refuse-sudo.ts';
import { type Machine, stepContext, withServiceLock } from '../install/service-lock.ts';
import { refuseFullDisk } from './disk-space.ts';
import { measureDowntime } from './downtime.ts';
import { refuseClosed, refuseReported } from './inspect.ts';
import type { MigrationPaths } from './paths.ts';
import { type MigrateRequest, type PreparedMigration, prepareMigration } from './prepare.ts';
import { type MigrationTarget, targetOf } from './target.ts';

export interface MigrationOutcome extends PreparedMigration {
  recovery: Recovery;
  /** How long nobody served, at most: from before the old daemon was told to stop until the new one had answered. */
  gapMs: number | undefined;
}

async function refuseNoRoom({ data }: MigrationTarget, { backup }: MigrationPaths): Promise<void> {
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
  refuseClosed(request.finding);
  const target = planTarget(machine, request);
  return withServiceLock(machine, target.service, async (change) => {
    const prepared = await prepareMigration(change, request, target);
    await refuseNoRoom(target, prepared.paths);
    await prepared.install.external?.warmUp();
    const timed = measureDowntime(prepared.downtime, machine.system.clock, machine.progress);
    await apply(prepared.plan, stepContext(change, prepared.install.backend), timed.progress);
    return { ...prepared, recovery: change.recovery, gapMs: timed.gapMs() };
  });
}

/** What the legacy will become (pure). Throws as target.ts says. */
export function planTarget({ system }: Pick<Machine, 'system'>, request: MigrateRequest): MigrationTarget {
  const { finding, requested, settings } = request;
  return targetOf(finding, system.user, requested, settings);
}
