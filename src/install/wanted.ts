import { MemorydError } from '../errors.ts';
import { checkDefinition, type Definition } from '../service/definition.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import { definitionText } from './desired.ts';

/** What the command line says about a service, as fields of its definition; `undefined` says nothing. */
export type Changes = Readonly<Record<string, unknown>>;

/** The definition to install and its text on disk. */
export interface Wanted {
  definition: Definition;
  text: string;
}

function differs(before: Record<string, unknown>, changes: Changes): boolean {
  return Object.entries(changes).some(
    ([field, value]) => value !== undefined && JSON.stringify(before[field]) !== JSON.stringify(value),
  );
}

/**
 * The definition on disk with the command line's changes in it. A file that nothing changes is kept to the byte.
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
  if (seen.kind === 'valid' && !differs(before, changes))
    return { definition: seen.definition, text: seen.text };
  const said = Object.entries(changes).filter(([, value]) => value !== undefined);
  const after = { ...before, ...Object.fromEntries(said) };
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
