import { existsSync, readdirSync, readFileSync } from 'node:fs';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Kills the process group that `pid` leads or led; nothing left of it is fine. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
  }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    // It ended, or is not ours to look at.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return '';
    throw error;
  }
}

/** Processes that a job started and that left its group; found by the environment only this session's jobs have. */
export function strays(agentSocket: string): number[] {
  if (!existsSync('/proc')) return [];
  const mark = `SSH_AUTH_SOCK=${agentSocket}\0`;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).includes(mark)).map(Number);
}
