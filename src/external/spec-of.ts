import { loadAdapter } from '../adapters/load.ts';
import type { Roots } from '../layout.ts';
import type { Definition } from '../service/definition.ts';
import type { System } from '../system/system.ts';
import { type ExternalSpec, externalSpec } from './spec.ts';

/** The definition combined with its adapter. Throws `configuration` with the path of a wrong field. */
export async function specOf(
  { files }: Pick<System, 'files'>,
  roots: Roots,
  definition: Definition,
): Promise<ExternalSpec> {
  const { adapter } = definition;
  return externalSpec(
    definition,
    adapter === undefined ? undefined : await loadAdapter(files, roots, adapter),
  );
}
