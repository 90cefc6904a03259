import { findTree, readOrNothing, type Tree } from './process-tree.ts';
import type { System } from './system.ts';

const kilobyte = 1024;

function kilobytes(text: string, field: string): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** The proportional share of each mapped page, so that pages shared after a fork count once. proc_pid_smaps(5) */
function linuxMemory(pid: number): number {
  const share = kilobytes(readOrNothing(`/proc/${pid}/smaps_rollup`), 'Pss');
  return (share ?? kilobytes(readOrNothing(`/proc/${pid}/status`), 'VmRSS') ?? 0) * kilobyte;
}

async function macMemory(
  { exec }: Pick<System, 'exec'>,
  pids: readonly number[],
): Promise<number | undefined> {
  if (pids.length === 0) return 0;
  // Exit code 1: some of the processes have exited meanwhile.
  const result = await exec.run(['/bin/ps', '-o', 'rss=', '-p', pids.join(',')]);
  if (result.kind !== 'exited') return undefined;
  return result.stdout.split('\n').reduce((sum, line) => sum + Number(line) * kilobyte, 0);
}

/**
 * Gives the memory of all living processes of a tree, in bytes. Gives `undefined` on Windows, where it cannot be
 * measured.
 */
export async function treeMemory(
  system: Pick<System, 'platform' | 'exec'>,
  tree: Tree,
): Promise<number | undefined> {
  if (system.platform === 'win32') return undefined;
  const pids = await findTree(system, tree);
  if (system.platform !== 'linux') return macMemory(system, pids);
  return pids.reduce((sum, pid) => sum + linuxMemory(pid), 0);
}
