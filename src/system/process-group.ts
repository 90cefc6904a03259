import { codeOf } from '../errors.ts';
import type { System } from './system.ts';

/**
 * Kills whatever is left of the process group that `pid` leads (on Windows: of the tree below it), at once (L08, W11).
 * Only for a child this process started as a group leader and has not yet seen replaced: nothing is checked here.
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
