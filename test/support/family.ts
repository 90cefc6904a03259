import { findTree, type Tree } from '../../src/system/process-tree.ts';
import { realSystem } from '../../src/system/system.ts';
import { markerOf } from './external-home.ts';
import type { Peer } from './external-peers.ts';

/** All that came of a child, to be counted later. */
export interface Family {
  tree: Tree;
  told: { pid: number; start: string | undefined }[];
}

const { processes } = realSystem();

/** Redis writes its title over the mark in its environment. */
function treeOf(pid: number): Tree {
  try {
    return { root: pid, marker: markerOf(pid) };
  } catch {
    return { root: pid, marker: 'overwritten' };
  }
}

/** Of the child `pid`, which answers at `url`. */
export async function familyOf({ pids }: Pick<Peer, 'pids'>, pid: number, url: string): Promise<Family> {
  const told = (await pids?.(url)) ?? [pid];
  return {
    tree: treeOf(pid),
    told: told.map((one) => ({ pid: one, start: processes.startIdentity(one) })),
  };
}

/** The pids that still live: by their mark, and by what the daemon itself had told. */
export async function left({ tree, told }: Family): Promise<number[]> {
  const alive = told.filter(({ pid, start }) => processes.startIdentity(pid) === start).map(({ pid }) => pid);
  return [...new Set([...alive, ...(await findTree(realSystem(), tree))])];
}
