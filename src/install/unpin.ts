import { findAdapter } from '../adapters/load.ts';
import { liesInPlace } from '../adapters/places.ts';
import type { Roots } from '../layout.ts';
import { checkDefinition } from '../service/definition.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import type { System } from '../system/system.ts';
import { definitionText } from './desired.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The definition without a command that lies in a place of its adapter, and without the variables that the adapter sets.
 * An earlier migration wrote such commands: they name one version of a plugin and break with its next update.
 */
export async function unpinned(
  { files, user, env }: Pick<System, 'files' | 'user' | 'env'>,
  roots: Roots,
  seen: DefinitionObservation,
): Promise<DefinitionObservation> {
  if (seen.kind !== 'valid') return seen;
  const { command, adapter: name, environment } = seen.definition;
  if (command === undefined || name === undefined) return seen;
  const file = await findAdapter(files, roots, name);
  if (file?.kind !== 'valid') return seen;
  const { adapter } = file;
  const variables = { ...env, ...environment };
  const isInPlace = (path: string) => liesInPlace(path, adapter, user.home, variables);
  if (!command.some(isInPlace)) return seen;
  const kept = Object.entries(environment).filter(
    ([variable]) => !Object.hasOwn(adapter.environment, variable),
  );
  const { command: _c, environment: _e, workingDirectory, ...rest } = JSON.parse(seen.text) as Fields;
  const stays = typeof workingDirectory === 'string' && !isInPlace(workingDirectory);
  const fields = {
    ...(stays ? { workingDirectory } : {}),
    ...rest,
    ...(kept.length === 0 ? {} : { environment: Object.fromEntries(kept) }),
  };
  const checked = checkDefinition(fields);
  return checked.kind === 'valid'
    ? { kind: 'valid', definition: checked.definition, text: definitionText(fields) }
    : seen;
}
