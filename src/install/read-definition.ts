import type { ServicePaths } from '../layout.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import type { Files } from '../system/files.ts';

/** The definition file as it lies there. */
export async function readDefinition(
  files: Files,
  { definition }: ServicePaths,
): Promise<DefinitionObservation> {
  const read = await files.read(definition);
  if (read.kind !== 'content') return read;
  // The schemas take as long to load as all else of a command together: not for a file that is not there.
  const { parseDefinition } = await import('../service/definition.ts');
  const parsed = parseDefinition(read.text);
  return parsed.kind === 'valid' ? { ...parsed, text: read.text } : parsed;
}
