import { isDeepStrictEqual } from 'node:util';
import { MemorydError } from '../errors.ts';
import { checkDefinition, type Definition } from '../service/definition.ts';
import type { Environment } from '../service/environment.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import type { BackendName } from '../service/unit.ts';
import { definitionText } from './desired.ts';

/** What the command line says about a service, as fields of its definition; `undefined` says nothing. */
export type Changes = Readonly<Record<string, unknown>>;

export interface InstallRequest {
  name: string;
  /** Fields of the definition said on the command line. */
  changes: Changes;
  backend?: BackendName | undefined;
  /** Values for the secrets file of a foreign daemon, added to those that are in it. */
  secrets?: Environment | undefined;
}

/** The definition to install and its text on disk. */
export interface Wanted {
  definition: Definition;
  text: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object with a `kind` is one value: fields of another kind mean nothing to it. */
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('kind' in value);
}

/** `before` with what is said in its place, field by field, down to values; `undefined` says nothing. */
function merged(before: Fields, said: Fields): Fields {
  const changed = Object.entries(said)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => {
      if (!isFields(value)) return [field, value];
      const old = Object.hasOwn(before, field) ? before[field] : undefined;
      return [field, merged(isFields(old) ? old : {}, value)];
    });
  return { ...before, ...Object.fromEntries(changed) };
}

/**
 * The definition on disk with the command line's changes in it; objects are merged. A file that nothing changes is kept
 * to the byte.
 * Throws `configuration` with the path of each field that is wrong, `permission` when it cannot be read.
 */
export function wantedDefinition(
  name: string,
  seen: DefinitionObservation,
  changes: Changes,
  path: string,
): Wanted {
  if (seen.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${seen.why}`);
  if (seen.kind === 'invalid') throw invalid(path, seen.problems);
  const before =
    seen.kind === 'valid' ? (JSON.parse(seen.text) as Record<string, unknown>) : { schema: 1, name };
  const after = merged(before, changes);
  if (seen.kind === 'valid' && isDeepStrictEqual(before, after))
    return { definition: seen.definition, text: seen.text };
  const checked = checkDefinition(after);
  if (checked.kind === 'invalid') throw invalid(path, checked.problems);
  return { definition: checked.definition, text: definitionText(after) };
}

function invalid(path: string, problems: readonly { path: string; message: string }[]): MemorydError {
  const lines = problems.map((problem) => `${problem.path || '(whole)'}: ${problem.message}`);
  return new MemorydError('configuration', `the definition is not valid: ${lines.join('; ')}`, {
    hint: `$EDITOR ${path}`,
  });
}
