import { readFileSync } from 'node:fs';
import { codeOf } from '../errors.ts';
import { outputOf } from './exec.ts';

/**
 * Whether the process exists, and when it started by the wall clock, to about a second. `unknown`: it exists, and
 * nothing more is known.
 */
export type ProcessLife = { kind: 'gone' } | { kind: 'alive'; since: Date } | { kind: 'unknown' };

/**
 * Information about other processes. Pids are reused (X03), so a pid is always used together with a start identity.
 */
export interface Processes {
  /**
   * Identifies this run of `pid`: it stays the same while the process lives, and differs for the next process with
   * that pid. `undefined` if there is no process, or the system does not tell.
   */
  startIdentity(pid: number): string | undefined;
  alive(pid: number): boolean;
  /**
   * For pid files of other programs, which contain only the pid: a process that started after the file was written did
   * not write it (X03).
   */
  lifeOf(pid: number): ProcessLife;
  /** Sends `signal` if `pid` is still the run that `start` identifies. Returns whether it was sent. */
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

/** Calculated from our own start time: in a container with its own clock, uptime and btime differ from it. */
function linuxLife(pid: number): ProcessLife {
  const [stat, self] = [linuxStat(pid), linuxStat(process.pid)];
  // With hidepid=, processes of other users are not visible. proc(5)
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

/** In whole seconds. LC_ALL and TZ change the format, so both are set. ps(1) */
function macStart(pid: number): string | undefined {
  // `status` also checks endpoints of dead processes, and must not start a process for that.
  if (!alive(pid)) return undefined;
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return outputOf(['/bin/ps', '-o', 'lstart=', '-p', String(pid)], env)?.trim() || undefined;
}

/** None on Windows: only PowerShell tells a start time there. The instance lock tells which process is alive. */
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
