import { readFileSync } from 'node:fs';
import { codeOf } from '../errors.ts';
import { outputOf } from './exec.ts';

/** Whether there is such a process, and since when by the wall clock, to about a second. `unknown`: it is there, and that is all. */
export type ProcessLife = { kind: 'gone' } | { kind: 'alive'; since: Date } | { kind: 'unknown' };

/** Processes seen from outside. A pid alone is nothing: pids are reused (X03), so a start identity goes with it. */
export interface Processes {
  /** Names this run of `pid`: stays the same while it lives, differs for whoever gets the pid next. `undefined` when there is none, or none can be told. */
  startIdentity(pid: number): string | undefined;
  alive(pid: number): boolean;
  /** For pid files of others, which hold nothing but the pid: who started after one was written did not write it (X03). */
  lifeOf(pid: number): ProcessLife;
  /** Sends `signal` if `pid` still is the run that `start` names; tells whether it did. */
  signal(pid: number, start: string | undefined, signal: NodeJS.Signals): boolean;
}

/** State and start time in ticks since boot: fields 3 and 22 of /proc/PID/stat. proc(5) */
function linuxStat(pid: number): { state: string; ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', ticks: Number(fields[19]) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** The boot id makes ticks unique across reboots. */
function linuxStart(pid: number): string | undefined {
  const stat = linuxStat(pid);
  if (stat === undefined || stat.state === 'Z') return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot}:${stat.ticks}`;
}

/** USER_HZ, which is 100 wherever Node runs. */
const tickMs = 10;

/** Counted from our own start: uptime and btime are another clock's in a container that has its own. */
function linuxLife(pid: number): ProcessLife {
  const [stat, self] = [linuxStat(pid), linuxStat(process.pid)];
  // With hidepid= others' processes are not shown. proc(5)
  if (stat === undefined || self === undefined) return alive(pid) ? { kind: 'unknown' } : { kind: 'gone' };
  if (stat.state === 'Z') return { kind: 'gone' };
  return { kind: 'alive', since: new Date(performance.timeOrigin + (stat.ticks - self.ticks) * tickMs) };
}

function lifeOf(pid: number): ProcessLife {
  if (process.platform === 'linux') return linuxLife(pid);
  if (!alive(pid)) return { kind: 'gone' };
  const start = process.platform === 'darwin' ? macStart(pid) : undefined;
  return start === undefined ? { kind: 'unknown' } : { kind: 'alive', since: new Date(`${start} UTC`) };
}

/** Whole seconds, in a format that LC_ALL and TZ change, so both are pinned. ps(1) */
function macStart(pid: number): string | undefined {
  // `status` looks at endpoints of the dead, and is to spawn nothing for that.
  if (!alive(pid)) return undefined;
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
  lifeOf,
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
