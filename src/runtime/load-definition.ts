import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import type { Definition } from '../service/definition.ts';

interface DefinitionSource {
  service: string;
  paths: Pick<ServicePaths, 'definition'>;
  /** The file's text; undefined when there is none to read. */
  definition: string | undefined;
  options: { env: Readonly<Record<string, string | undefined>>; overrides?: DaemonOverrides };
}

/**
 * The definition in effect: judged by its schema, for the daemon's settings with the environment over it, and what the
 * command line says over both. Throws `configuration` with every problem in one line.
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
  // A service manager starts hosts in an environment of its own: the definition's is the one that users can reach.
  const settings = withEnvironment(parsed.definition.daemon, {
    ...options.env,
    ...parsed.definition.environment,
  });
  return { ...parsed.definition, daemon: withOverrides(settings, options.overrides ?? {}) };
}
