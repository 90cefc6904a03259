import { codeOf } from '../errors.ts';
import type { System } from './system.ts';

/**
 * Kills the process group that `pid` leads at once (on Windows: its process tree) (L08, W11). Only for a child that
 * this process started as a group leader and that has not been replaced: nothing is checked here.
 */
export async function killGroup(system: Pick<System, 'platform' | 'exec'>, pid: number): Promise<void> {
  if (system.platform === 'win32') {
    // Exit code 128: no such process, so nothing is left.
    await system.exec.run(['taskkill', '/PID', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // EPERM: macOS says so when only zombies are left in the group. kill(2)
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
  }
}
