import { readFileSync } from 'node:fs';
import { codeOf } from '../errors.ts';
import { outputOf } from './exec.ts';

/** Processes seen from outside. A pid alone is nothing: pids are reused (X03), so a start identity goes with it. */
export interface Processes {
  /** Names this run of `pid`: stays the same while it lives, differs for whoever gets the pid next. `undefined` when there is none, or none can be told. */
  startIdentity(pid: number): string | undefined;
  alive(pid: number): boolean;
  /** Sends `signal` if `pid` still is the run that `start` names; tells whether it did. */
  signal(pid: number, start: string | undefined, signal: NodeJS.Signals): boolean;
}

/** Field 22 of /proc/PID/stat is the start time in ticks since boot; the boot id makes it unique across reboots. proc(5) */
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${fields[19]}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** Whole seconds, in a format that LC_ALL and TZ change, so both are pinned. ps(1) */
function macStart(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return outputOf(['/bin/ps', '-o', 'lstart=', '-p', String(pid)], env)?.trim() || undefined;
}

/** None on Windows: nothing but PowerShell tells a start time there, and the instance lock tells who is alive. */
function startIdentity(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStart(pid);
  return process.platform === 'darwin' ? macStart(pid) : undefined;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

export const systemProcesses: Processes = {
  startIdentity,
  alive,
  signal(pid, start, signal) {
    if (start !== undefined && startIdentity(pid) !== start) return false;
    try {
      process.kill(pid, signal);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return false;
      throw error;
    }
  },
};
