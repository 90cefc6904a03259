import { servicePaths } from '../layout.ts';
import { readDefinition } from './read-definition.ts';
import type { Machine } from './service-lock.ts';

/** The directory of the memories of a service: from its definition, else the default. */
export async function dataDirectory({ system, roots }: Machine, service: string): Promise<string> {
  const paths = servicePaths(roots, service);
  const seen = await readDefinition(system.files, paths);
  return (seen.kind === 'valid' ? seen.definition.dataDir : undefined) ?? paths.data;
}
