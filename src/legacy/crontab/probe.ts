import { readCrontab } from '../../platform/standalone/cron.ts';
import type { System } from '../../system/system.ts';
import { processList } from '../process/probe.ts';
import type { CrontabFacts } from './detect.ts';

/** Reads this user's crontab. Gives no lines where there is no cron or no crontab. */
export async function probeCrontab(system: System): Promise<CrontabFacts> {
  const table = await readCrontab(system);
  const lines = table.kind === 'read' ? table.crontab.split('\n') : [];
  const reboots = lines.some((line) => /^\s*@reboot\s/.test(line));
  return { lines, processes: reboots ? await processList(system) : [] };
}
