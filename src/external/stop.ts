import type { ChildProcess } from 'node:child_process';
import { codeOf } from '../errors.ts';
import type { StopSettings } from '../service/external-settings.ts';
import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';
import { askHttp } from './probes/request.ts';

const httpTimeoutMs = 2000;

/** Signals the whole group, as Ctrl-C does: runners such as npx and uvx do not always forward signals. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // EPERM: macOS says so when only zombies are left in the group. kill(2)
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
  }
}

/**
 * Windows has no signal for this: there only the end of its input asks a child to stop, and the deadline does the
 * rest.
 */
function signal({ platform }: Pick<System, 'platform'>, child: ChildProcess, name: NodeJS.Signals): void {
  child.stdin?.end();
  if (platform !== 'win32' && child.pid !== undefined) signalGroup(child.pid, name);
}

/** Asks a child to stop in its own way. If that fails, sends a signal. */
export async function askToStop(
  system: Pick<System, 'platform'>,
  stop: StopSettings,
  child: ChildProcess,
  port: number,
  log: Log,
): Promise<void> {
  if (stop.kind === 'signal') return signal(system, child, stop.signal);
  if (stop.kind === 'stdin') {
    child.stdin?.end();
    return;
  }
  const { method, path } = stop;
  const answer = await askHttp({ host: '127.0.0.1', port, method, path, timeoutMs: httpTimeoutMs });
  if (answer.kind === 'answered' && answer.status < 400) return;
  log('child.stop-refused', { why: answer.kind === 'failed' ? answer.why : `status ${answer.status}` });
  signal(system, child, 'SIGTERM');
}

/** The grace time in ms, within the stop timeout that the manager gives the host. */
export function graceMs(stop: StopSettings, stopTimeoutSecs: number): number {
  const longest = Math.max(1, stopTimeoutSecs - 3);
  return Math.min(stop.graceSecs ?? longest, longest) * 1000;
}
