import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import type { Definition } from '../service/definition.ts';

interface DefinitionSource {
  service: string;
  paths: Pick<ServicePaths, 'definition'>;
  /** The text of the file; undefined if it cannot be read. */
  definition: string | undefined;
  options: { env: Readonly<Record<string, string | undefined>>; overrides?: DaemonOverrides };
}

/**
 * Returns the effective definition, checked by its schema. For the settings of the daemon, the environment overrides
 * the definition, and the command line overrides both. Throws `configuration` with all problems in one line.
 */
export async function loadDefinition({
  definition,
  service,
  paths,
  options,
}: DefinitionSource): Promise<Definition> {
  if (definition === undefined) {
    throw new MemorydError('configuration', `there is no definition of "${service}" at ${paths.definition}`, {
      hint: `memoryd install ${service}`,
    });
  }
  const [{ parseDefinition }, { withEnvironment, withOverrides }, { problemLines }] = await Promise.all([
    import('../service/definition.ts'),
    import('../service/daemon-settings.ts'),
    import('../service/problem.ts'),
  ]);
  const parsed = parseDefinition(definition);
  if (parsed.kind === 'invalid') {
    const lines = problemLines(parsed.problems);
    throw new MemorydError('configuration', `${paths.definition}: ${lines.join('; ')}`);
  }
  // A service manager starts hosts in its own environment. The user can set variables in the definition.
  const settings = withEnvironment(parsed.definition.daemon, {
    ...options.env,
    ...parsed.definition.environment,
  });
  return { ...parsed.definition, daemon: withOverrides(settings, options.overrides ?? {}) };
}
