import { apply } from '../install/apply.ts';
import type { Recovery } from '../install/recover.ts';
import { refuseSudo } from '../install/refuse-sudo.ts';
import { type Machine, stepContext, withServiceLock } from '../install/service-lock.ts';
import { measureDowntime } from './downtime.ts';
import { refuseClosed, refuseReported } from './inspect.ts';
import { type MigrateRequest, type PreparedMigration, prepareMigration } from './prepare.ts';
import { type MigrationTarget, targetOf } from './target.ts';

export interface MigrationOutcome extends PreparedMigration {
  recovery: Recovery;
  /** The downtime at most: from before the old daemon was stopped until the new one answered. */
  gapMs: number | undefined;
}

/**
 * Migrates a daemon from an older setup to a service of this user. Resolves when the service answers with the data and
 * the old setup is gone.
 * When it throws, every step is undone and the old daemon runs again. After a kill, the next run undoes the steps, or
 * finishes them when the new daemon was already verified.
 */
export async function migrate(machine: Machine, request: MigrateRequest): Promise<MigrationOutcome> {
  refuseSudo(machine.system);
  refuseReported(request.finding);
  refuseClosed(request.finding);
  const target = planTarget(machine, request);
  return withServiceLock(machine, target.service, async (change) => {
    const prepared = await prepareMigration(change, request, target);
    await prepared.install.external?.warmUp();
    const timed = measureDowntime(prepared.downtime, machine.system.clock, machine.progress);
    await apply(prepared.plan, stepContext(change, prepared.install.backend), timed.progress);
    return { ...prepared, recovery: change.recovery, gapMs: timed.gapMs() };
  });
}

/** Gives the service that a finding becomes (pure). Throws what targetOf throws. */
export function planTarget({ system }: Pick<Machine, 'system'>, request: MigrateRequest): MigrationTarget {
  const { finding, requested, settings } = request;
  return targetOf(finding, system.user, requested, settings);
}
