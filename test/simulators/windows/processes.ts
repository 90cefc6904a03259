import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. */
interface Seen {
  pid: number;
  parent: number;
  name: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It ended while we looked.
    return '';
  }
}

/** Every living process. */
export function processes(): Seen[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      return state === undefined || state === '' || state === 'Z'
        ? []
        : [{ pid: Number(pid), parent: Number(parent), name }];
    });
}

/** `pid` and what descends from it, as far as parents live to show it. */
export function treeOf(pid: number): number[] {
  const all = processes();
  const found = all.some((one) => one.pid === pid) ? [pid] : [];
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent).map((one) => one.pid));
  return found;
}

/** Processes whose environment carries `mark`. */
export function marked(mark: string): number[] {
  return processes()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && read(`/proc/${pid}/environ`).split('\0').includes(mark));
}

/** SIGKILL; one that is gone already is fine. */
export function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
