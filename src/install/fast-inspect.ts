import { fileObservers } from '../platform/observe-files.ts';
import type { StatusObservation } from '../service/status-observation.ts';
import type { Machine } from './service-lock.ts';
import { machineFor } from './service-machine.ts';
import { describe, takeSnapshot } from './snapshot.ts';

/**
 * The result of `inspectService` for a service that answers, without loading code that starts processes, renders or
 * checks schemas. `undefined` if the service does not answer.
 */
export async function fastInspect(shell: Machine, name: string): Promise<StatusObservation | undefined> {
  const machine = await machineFor(shell, name);
  const snapshot = await takeSnapshot(machine, name);
  const { state, definition, backend } = snapshot;
  if (state.kind !== 'live') return undefined;
  const unit = await fileObservers[backend](machine.system, machine.roots, name);
  return describe(machine, snapshot, {
    unit,
    definition: definition.kind === 'content' ? 'valid' : definition.kind,
  });
}
