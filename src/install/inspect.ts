import { createBackend } from '../platform/select.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import type { StatusObservation } from '../service/status-observation.ts';
import type { BackendName } from '../service/unit.ts';
import { readGaveUp } from './failure-detail.ts';
import type { Machine } from './service-lock.ts';
import { machineFor } from './service-machine.ts';
import { describe, type ServiceSnapshot, takeSnapshot } from './snapshot.ts';

export interface InspectOptions {
  backend?: BackendName | undefined;
  /** Do not ask the manager, even if nothing answers. */
  fast?: boolean | undefined;
}

/** The schema checker is not loaded for a service that answers: it could not run with an invalid definition. */
async function definitionKind({
  state,
  definition,
}: ServiceSnapshot): Promise<DefinitionObservation['kind']> {
  if (definition.kind !== 'content') return definition.kind;
  if (state.kind === 'live') return 'valid';
  return (await import('../service/definition.ts')).parseDefinition(definition.text).kind;
}

/**
 * Inspects a service: first the endpoint, and the manager only if the endpoint does not prove that the service runs.
 * Changes nothing and takes no lock.
 */
export async function inspectService(
  shell: Machine,
  name: string,
  options: InspectOptions = {},
): Promise<StatusObservation> {
  const machine = await machineFor(shell, name);
  const { system, roots } = machine;
  const snapshot = await takeSnapshot(machine, name, options.backend);
  const answers = snapshot.state.kind === 'live';
  const backend = await createBackend(snapshot.backend, system, roots);
  const [unit, definition, gaveUp] = await Promise.all([
    answers || options.fast ? backend.observeFiles(name) : backend.observe(name),
    definitionKind(snapshot),
    answers ? undefined : readGaveUp(system.files, snapshot.paths),
  ]);
  return describe(machine, snapshot, { unit, definition, gaveUp });
}
