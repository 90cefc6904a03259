import { dryRunService, type Machine } from '../install/service-lock.ts';
import { measureTree } from '../system/tree/record.ts';
import { decodeTar } from '../system/tree/tar.ts';
import { refuseFullDisk } from './disk-space.ts';
import { refuseReported } from './inspect.ts';
import { planTarget } from './migrate.ts';
import { type MigrateRequest, prepareMigration } from './prepare.ts';

/**
 * Checks that the migration can be done with the data on standard input, before root's script stops anything. Changes
 * nothing.
 * Throws what the migration would throw: for data that cannot be copied completely, a full disk, or a service of that
 * name.
 */
export async function checkPiped(machine: Machine, request: MigrateRequest): Promise<void> {
  const { finding } = request;
  refuseReported(finding);
  const target = planTarget(machine, request);
  await prepareMigration(await dryRunService(machine, target.service), request, target);
  const { data } = target;
  if (data.kind !== 'copy') return;
  const { allocated } = data.asRoot ? await measureTree(decodeTar(process.stdin, data.from, false)) : data;
  await refuseFullDisk(data.to, allocated);
}
