import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { Definition } from '../service/definition.ts';

interface DefinitionSource {
  service: string;
  paths: Pick<ServicePaths, 'definition'>;
  /** The file's text; undefined when there is none to read. */
  definition: string | undefined;
}

/** The whole definition, judged by its schema. Throws `configuration` with every problem in one line. */
export async function loadDefinition({ definition, service, paths }: DefinitionSource): Promise<Definition> {
  if (definition === undefined) {
    throw new MemorydError('configuration', `there is no definition of "${service}" at ${paths.definition}`, {
      hint: `memoryd install ${service}`,
    });
  }
  const { parseDefinition } = await import('../service/definition.ts');
  const parsed = parseDefinition(definition);
  if (parsed.kind === 'invalid') {
    const problems = parsed.problems.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    );
    throw new MemorydError('configuration', `${paths.definition}: ${problems.join('; ')}`);
  }
  return parsed.definition;
}
