import { readCrontab } from '../../platform/standalone/cron.ts';
import type { System } from '../../system/system.ts';
import type { CrontabFacts } from '../kinds/crontab.ts';
import { processList } from './processes.ts';

/** This user's crontab; no lines where there is no cron or no crontab. */
export async function probeCrontab(system: System): Promise<CrontabFacts> {
  const table = await readCrontab(system);
  const lines = table.kind === 'read' ? table.crontab.split('\n') : [];
  const reboots = lines.some((line) => /^\s*@reboot\s/.test(line));
  return { lines, processes: reboots ? await processList(system) : [] };
}
