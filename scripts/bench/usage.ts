import { readdirSync, readFileSync } from 'node:fs';

/** What one process costs. Linux only: other systems do not tell shared pages from private ones. */
export interface Usage {
  /** Megabytes of its own, and its share of what it has in common with others. */
  uss: number;
  pss: number;
  /** Milliseconds of processor time since it began. */
  cpu: number;
}

function megabytes(rollup: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
}

/** What `pid` costs now. Throws when there is no such process. */
export function usageOf(pid: number): Usage {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  // Nanoseconds on a processor, of each thread; /proc/PID/stat counts hundredths of a second. proc(5)
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return {
    uss: megabytes(rollup, 'Private_Clean') + megabytes(rollup, 'Private_Dirty'),
    pss: megabytes(rollup, 'Pss'),
    cpu: threads.reduce((total, one) => total + one, 0) / 1e6,
  };
}

/** The same of several processes that do one job together. */
export function usageOfAll(pids: readonly number[]): Usage {
  const all = pids.map(usageOf);
  const sum = (key: keyof Usage) => all.reduce((total, one) => total + one[key], 0);
  return { uss: sum('uss'), pss: sum('pss'), cpu: sum('cpu') };
}
