import type { ServicePaths } from '../layout.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import type { Files } from '../system/files.ts';

/** The definition file on disk. */
export async function readDefinition(
  files: Files,
  { definition }: ServicePaths,
): Promise<DefinitionObservation> {
  const read = await files.read(definition);
  if (read.kind !== 'content') return read;
  // Loading the schemas takes as long as the rest of a command, so they are not loaded if there is no file.
  const { parseDefinition } = await import('../service/definition.ts');
  const parsed = parseDefinition(read.text);
  return parsed.kind === 'valid' ? { ...parsed, text: read.text } : parsed;
}
