import type { System } from '../../system/system.ts';
import type { CrontabFacts } from '../kinds/crontab.ts';
import { processList } from './processes.ts';

/** This user's crontab; no lines where there is no cron or no crontab. */
export async function probeCrontab(system: System): Promise<CrontabFacts> {
  const result = await system.exec.run(['crontab', '-l'], { env: { LC_ALL: 'C' } });
  const lines = result.kind === 'exited' && result.code === 0 ? result.stdout.split('\n') : [];
  const reboots = lines.some((line) => /^\s*@reboot\s/.test(line));
  return { lines, processes: reboots ? await processList(system) : [] };
}
