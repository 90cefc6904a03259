import type { Machine } from '../../install/service-lock.ts';
import { loadKnown } from '../../legacy/load-known-daemons.ts';
import { orphanedPm2Files } from '../../legacy/pm2/detect.ts';
import { probePm2 } from '../../legacy/pm2/probe.ts';
import type { Output } from '../output.ts';

/** Pid and log files of memory daemons that PM2 left behind when they were deleted from it. */
export async function orphans(machine: Machine): Promise<string[]> {
  const names = (await loadKnown(machine)).flatMap((daemon) => daemon.names.pm2 ?? []);
  return orphanedPm2Files(await probePm2(machine.system), names);
}

/** Deletes those files. */
export async function removeOrphans(out: Output, machine: Machine, dryRun: boolean): Promise<void> {
  const paths = await orphans(machine);
  if (!dryRun) for (const path of paths) await machine.system.files.remove(path);
  if (out.json) return out.document({ event: dryRun ? 'orphans' : 'removed', paths });
  for (const path of paths) out.data(`${dryRun ? 'remove' : 'removed'} ${path}`);
  if (paths.length === 0) out.talk('PM2 left nothing behind');
}
