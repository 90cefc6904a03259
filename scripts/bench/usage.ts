import { readdirSync, readFileSync } from 'node:fs';

/** The costs of one process. Linux only: other systems do not distinguish shared from private pages. */
export interface Usage {
  /** In megabytes: its private memory, and its proportional share of shared memory. */
  uss: number;
  pss: number;
  /** The milliseconds of processor time since its start. */
  cpu: number;
}

function megabytes(rollup: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
}

/** Measures the current costs of `pid`. Throws if there is no such process. */
export function usageOf(pid: number): Usage {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  // The nanoseconds of processor time of each thread; /proc/PID/stat only has hundredths of a second. proc(5)
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return {
    uss: megabytes(rollup, 'Private_Clean') + megabytes(rollup, 'Private_Dirty'),
    pss: megabytes(rollup, 'Pss'),
    cpu: threads.reduce((total, one) => total + one, 0) / 1e6,
  };
}

/** The sum for several processes that do one job together. */
export function usageOfAll(pids: readonly number[]): Usage {
  const all = pids.map(usageOf);
  const sum = (key: keyof Usage) => all.reduce((total, one) => total + one[key], 0);
  return { uss: sum('uss'), pss: sum('pss'), cpu: sum('cpu') };
}
