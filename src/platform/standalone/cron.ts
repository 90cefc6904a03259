import { join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import type { Crontab } from './crontab.ts';

type CronSystem = Pick<System, 'exec' | 'files'>;

/** `refused`: there is a crontab command, and this user may not use it. */
export type CrontabRead =
  | { kind: 'missing' }
  | { kind: 'refused'; words: string }
  | { kind: 'read'; crontab: Crontab };

function wordsOf(result: ExecResult): string {
  return 'stderr' in result ? result.stderr : result.kind;
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
 * Replaces the user's crontab through a file, because its bytes need not be UTF-8. Throws `failed` with the output of
 * the command.
 */
export async function writeCrontab(
  { exec, files }: CronSystem,
  directory: string,
  crontab: Crontab,
): Promise<void> {
  const name = 'crontab.new';
  const path = join(directory, name);
  await files.write(path, Buffer.from(crontab, 'latin1'), 0o600);
  try {
    // cron 3.0 truncates the file name after 99 bytes, so it gets a name without a directory.
    const result = await exec.run(crontab === '' ? ['crontab', '-r'] : ['crontab', name], { cwd: directory });
    if (result.kind === 'exited' && result.code === 0) return;
    throw new MemorydError('failed', 'crontab refused the new table', { words: wordsOf(result) });
  } finally {
    await files.remove(path);
  }
}
