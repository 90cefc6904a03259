import { createBackend } from '../platform/select.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import type { StatusObservation } from '../service/status-observation.ts';
import type { BackendName } from '../service/unit.ts';
import { readParked } from './failure-detail.ts';
import type { Machine } from './service-lock.ts';
import { describe, type Sighting, sight } from './snapshot.ts';

export interface InspectOptions {
  backend?: BackendName | undefined;
  /** Do not ask the manager, even if nothing answers. */
  fast?: boolean | undefined;
}

/** The schema checker is not loaded for a service that answers: it could not run with an invalid definition. */
async function judge({ state, definition }: Sighting): Promise<DefinitionObservation['kind']> {
  if (definition.kind !== 'content') return definition.kind;
  if (state.kind === 'live') return 'valid';
  return (await import('../service/definition.ts')).parseDefinition(definition.text).kind;
}

/**
 * Inspects a service: first the endpoint, and the manager only if the endpoint does not prove that the service runs.
 * Changes nothing and takes no lock.
 */
export async function inspectService(
  machine: Machine,
  name: string,
  options: InspectOptions = {},
): Promise<StatusObservation> {
  const { system, roots } = machine;
  const sighting = await sight(machine, name, options.backend);
  const answers = sighting.state.kind === 'live';
  const backend = await createBackend(sighting.backend, system, roots);
  const [unit, definition, parked] = await Promise.all([
    answers || options.fast ? backend.glance(name) : backend.observe(name),
    judge(sighting),
    answers ? undefined : readParked(system.files, sighting.paths),
  ]);
  return describe(machine, sighting, { unit, definition, parked });
}
