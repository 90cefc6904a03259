import { glances } from '../platform/glances.ts';
import type { StatusObservation } from '../service/status.ts';
import type { Machine } from './change.ts';
import { describe, sight } from './sighting.ts';

/**
 * What `inspectService` finds for a service that answers, with nothing loaded that spawns, renders or checks.
 * `undefined` when that is not enough: it does not answer, or its backend has no such glance.
 */
export async function inspectAnswering(
  machine: Pick<Machine, 'system' | 'roots'>,
  name: string,
): Promise<StatusObservation | undefined> {
  const sighting = await sight(machine, name);
  const { state, definition, backend } = sighting;
  const glance = glances[backend];
  if (state.kind !== 'live' || glance === undefined) return undefined;
  const unit = await glance(machine.system, machine.roots, name);
  return describe(machine, sighting, {
    unit,
    definition: definition.kind === 'content' ? 'valid' : definition.kind,
  });
}
