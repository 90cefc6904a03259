import type { Observation } from './observation.ts';
import type { Plan, Step } from './step.ts';

/** What an uninstall removes. Memories are removed only with `purge`. */
export interface RemovalTarget {
  service: string;
  unitPaths: string[];
  /**
   * Files and directories of this service without memories: definition, state, logs, and private copies that no other
   * service uses.
   */
  files: string[];
  /** Pid files whose processes have ended. */
  pidFiles: string[];
  trees: string[];
  /** Removed only with --purge. */
  memories: string[];
  purge: boolean;
  verifyTimeoutMs: number;
}

/**
 * The steps of an uninstall, in order; none if nothing of ours exists (pure). A unit that memoryd did not write is not
 * touched.
 */
export function planUninstall(target: RemovalTarget, observed: Observation): Plan {
  const { service, purge, verifyTimeoutMs: timeoutMs } = target;
  const steps: Step[] = [];
  const present = (path: string) => (observed.files.get(path)?.kind ?? 'absent') !== 'absent';
  const unitFiles = observed.unit.kind === 'foreign' ? [] : target.unitPaths.filter(present);
  const known = observed.unit.kind === 'registered' || unitFiles.length > 0;
  if (known) {
    steps.push({
      kind: 'manager',
      do: ['unregister'],
      undo: [],
      why: 'stop it, and do not start it at login any more',
    });
  }
  if (known || observed.answer.kind === 'live') {
    steps.push({ kind: 'verify-gone', timeoutMs, why: 'nothing may answer any more' });
  }
  for (const path of unitFiles) steps.push({ kind: 'remove', path, why: 'the unit' });
  if (known) steps.push({ kind: 'manager', do: ['settle'], undo: [], why: 'the unit is gone' });
  for (const path of target.files.filter(present)) steps.push({ kind: 'remove', path, why: 'settings' });
  for (const path of target.pidFiles) steps.push({ kind: 'remove', path, why: 'its writer is gone' });
  for (const path of target.trees.filter((tree) => observed.copies.has(tree))) {
    steps.push({ kind: 'remove-tree', path, why: 'files of memoryd' });
  }
  if (purge) {
    for (const path of target.memories.filter((tree) => observed.copies.has(tree))) {
      steps.push({ kind: 'remove-tree', path, why: '--purge' });
    }
  }
  return { command: 'uninstall', service, steps, onInterrupt: 'finish' };
}
