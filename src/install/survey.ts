import { findEndpoint } from '../host/find-endpoint.ts';
import type { Backend } from '../platform/backend.ts';
import type { AnswerObservation, Observation } from '../service/observation.ts';
import type { Change, Machine } from './change.ts';
import { observeFiles, present, readReceipt } from './read.ts';
import { readDefinition } from './read-definition.ts';

/** Who answers for the service. */
export async function observeAnswer(machine: Machine, service: string): Promise<AnswerObservation> {
  const state = await findEndpoint(machine.system, machine.roots, service);
  if (state.kind !== 'live') return { kind: 'nobody' };
  const { build, port, pid } = state.endpoint;
  return { kind: 'live', build, port, pid };
}

/** Looks at everything a plan for the service compares with; `files` and `trees` are what that plan may touch. */
export async function survey(
  { machine, service, paths }: Pick<Change, 'machine' | 'service' | 'paths'>,
  backend: Backend,
  files: readonly string[],
  trees: readonly string[],
): Promise<Observation> {
  const { system } = machine;
  const [definition, receipt, seen, copies, unit, answer] = await Promise.all([
    readDefinition(system.files, paths),
    readReceipt(system.files, paths),
    observeFiles(system.files, files),
    present(system.files, trees),
    backend.observe(service),
    observeAnswer(machine, service),
  ]);
  return { definition, receipt, files: seen, copies, unit, answer };
}
