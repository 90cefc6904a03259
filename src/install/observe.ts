import type { Backend } from '../platform/backend.ts';
import { findEndpoint } from '../runtime/find-endpoint.ts';
import type { AnswerObservation, Observation } from '../service/observation.ts';
import { observeFiles, present, readReceipt } from './observe-files.ts';
import { readDefinition } from './read-definition.ts';
import type { LockedService, Machine } from './service-lock.ts';

async function observeAnswer(machine: Machine, service: string): Promise<AnswerObservation> {
  const state = await findEndpoint(machine.system, machine.roots, service);
  if (state.kind !== 'live') return { kind: 'nobody' };
  const { build, port, pid } = state.endpoint;
  return { kind: 'live', build, port, pid };
}

/** What the manager reports about a service, and what answers for it. */
export async function observe(
  machine: Machine,
  service: string,
  backend: Backend,
): Promise<Pick<Observation, 'unit' | 'answer'>> {
  const [unit, answer] = await Promise.all([backend.observe(service), observeAnswer(machine, service)]);
  return { unit, answer };
}

/**
 * Adds to `seen` the state of the disk that a plan compares with. `files` and `trees` are what the plan may change.
 */
export async function observeDisk(
  { machine, paths }: Pick<LockedService, 'machine' | 'paths'>,
  seen: Pick<Observation, 'unit' | 'answer'>,
  files: readonly string[],
  trees: readonly string[],
): Promise<Observation> {
  const { system } = machine;
  const [definition, receipt, observed, copies] = await Promise.all([
    readDefinition(system.files, paths),
    readReceipt(system.files, paths),
    observeFiles(system.files, files),
    present(system.files, trees),
  ]);
  return { ...seen, definition, receipt, files: observed, copies };
}
