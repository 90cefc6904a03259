import type { Machine } from '../../install/service-lock.ts';
import { loadKnownDaemons } from '../../legacy/load-known-daemons.ts';
import { orphanedPm2Files } from '../../legacy/pm2/detect.ts';
import { probePm2 } from '../../legacy/pm2/probe.ts';
import type { Output } from '../output.ts';

/** Pid and log files of memory daemons that PM2 left behind when they were deleted from it. */
export async function orphans(machine: Machine): Promise<string[]> {
  const names = (await loadKnownDaemons(machine)).flatMap((daemon) => daemon.names.pm2 ?? []);
  return orphanedPm2Files(await probePm2(machine.system), names);
}

/** Deletes those files. */
export async function removeOrphans(out: Output, machine: Machine, dryRun: boolean): Promise<void> {
  const paths = await orphans(machine);
  if (!dryRun) for (const path of paths) await machine.system.files.remove(path);
  if (out.json) return out.printJson({ event: dryRun ? 'orphans' : 'removed', paths });
  for (const path of paths) out.print(`${dryRun ? 'remove' : 'removed'} ${path}`);
  if (paths.length === 0) out.info('PM2 left nothing behind');
}
