import { MemorydError } from '../../errors.ts';
import { readCrontab, writeCrontab } from '../../platform/standalone/cron.ts';
import type { CrontabLine } from '../../service/migration-step.ts';
import type { System } from '../../system/system.ts';
import type { StepHandler } from '../context.ts';

async function linesOf(system: System): Promise<string[]> {
  const read = await readCrontab(system);
  if (read.kind === 'read') return read.crontab.split('\n');
  throw new MemorydError('failed', 'the crontab cannot be read', {
    hint: 'crontab -l',
    ...('words' in read ? { words: read.words } : {}),
  });
}

/**
 * The table is read again each time, and all other lines are kept: the new service may have added its own line
 * meanwhile, and so may the user.
 */
export const crontabLine: StepHandler<CrontabLine, number> = {
  async capture({ line }, { system }) {
    return (await linesOf(system)).indexOf(line);
  },
  async run({ line, replacement }, { system }) {
    const lines = await linesOf(system);
    const at = lines.indexOf(line);
    if (at < 0) return;
    lines.splice(at, 1, ...(replacement === null ? [] : [replacement]));
    await writeCrontab(system, lines.join('\n'));
  },
  async undo({ line, replacement }, before, { system }) {
    const lines = await linesOf(system);
    if (before < 0 || lines.includes(line)) return;
    const at = replacement === null ? -1 : lines.indexOf(replacement);
    if (at < 0) lines.splice(Math.min(before, lines.length), 0, line);
    else lines.splice(at, 1, line);
    await writeCrontab(system, lines.join('\n'));
  },
};
