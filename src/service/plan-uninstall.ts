import type { Observation } from './observation.ts';
import type { Plan, Step } from './step.ts';

/** What an uninstall takes away. Memories only when asked for by `purge`. */
export interface UnwantedInstall {
  service: string;
  unitPaths: string[];
  /** Files and directories of this service that hold no memories: definition, state, logs, private copies nobody else uses. */
  files: string[];
  /** Pid files whose writers are gone. */
  pidFiles: string[];
  trees: string[];
  /** Gone only with --purge. */
  memories: string[];
  purge: boolean;
  verifyTimeoutMs: number;
}

/** What an uninstall has to do, in order; no steps when nothing of ours is there (pure). A unit that is not ours is left alone. */
export function planUninstall(unwanted: UnwantedInstall, observed: Observation): Plan {
  const { service, purge, verifyTimeoutMs: timeoutMs } = unwanted;
  const steps: Step[] = [];
  const present = (path: string) => (observed.files.get(path)?.kind ?? 'absent') !== 'absent';
  const unitFiles = observed.unit.kind === 'foreign' ? [] : unwanted.unitPaths.filter(present);
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
  for (const path of unwanted.files.filter(present)) steps.push({ kind: 'remove', path, why: 'settings' });
  for (const path of unwanted.pidFiles) steps.push({ kind: 'remove', path, why: 'its writer is gone' });
  for (const path of unwanted.trees.filter((tree) => observed.copies.has(tree))) {
    steps.push({ kind: 'remove-tree', path, why: 'files of memoryd' });
  }
  if (purge) {
    for (const path of unwanted.memories.filter((tree) => observed.copies.has(tree))) {
      steps.push({ kind: 'remove-tree', path, why: '--purge' });
    }
  }
  return { command: 'uninstall', service, steps, onInterrupt: 'finish' };
}
