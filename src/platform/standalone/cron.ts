import { MemorydError } from '../../errors.ts';
import type { ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import type { Crontab } from './crontab.ts';

type CronSystem = Pick<System, 'exec'>;

/** `refused`: there is a crontab command, and this user may not use it. */
export type CrontabRead =
  | { kind: 'missing' }
  | { kind: 'refused'; words: string }
  | { kind: 'read'; crontab: Crontab };

/** What crontab said, or what became of it. */
function wordsOf(result: ExecResult): string {
  if (result.kind === 'timeout') return `it did not answer in ${result.afterMs / 1_000} s`;
  const said = 'stderr' in result ? result.stderr.trim() : '';
  if (said !== '') return said;
  return result.kind === 'exited' ? `exit ${result.code}` : result.kind;
}

/**
 * Every implementation exits with 1 and prints nothing if there is no crontab, and also if the user is refused. Only
 * writing tells the two apart.
 */
export async function readCrontab({ exec }: CronSystem): Promise<CrontabRead> {
  const result = await exec.run(['crontab', '-l']);
  if (result.kind === 'missing') return { kind: 'missing' };
  if (result.kind !== 'exited') return { kind: 'refused', words: wordsOf(result) };
  const crontab = Buffer.from(result.bytes).toString('latin1');
  if (result.code === 0 || (result.code === 1 && crontab === '')) return { kind: 'read', crontab };
  return { kind: 'refused', words: wordsOf(result) };
}

/**
 * Replaces the user's crontab through standard input, byte for byte: that needs neither a file of ours on a disk that
 * may be full (N06), nor a path of which cron 3.0 reads only 99 bytes. Throws `failed` with the output of the command.
 */
export async function writeCrontab({ exec }: CronSystem, crontab: Crontab): Promise<void> {
  const result =
    crontab === ''
      ? await exec.run(['crontab', '-r'])
      : await exec.run(['crontab', '-'], { input: Buffer.from(crontab, 'latin1') });
  if (result.kind === 'exited' && result.code === 0) return;
  throw new MemorydError('failed', 'crontab refused the new table', { words: wordsOf(result) });
}
