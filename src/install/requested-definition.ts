import { isDeepStrictEqual } from 'node:util';
import { MemorydError } from '../errors.ts';
import { checkDefinition, type Definition } from '../service/definition.ts';
import type { Environment } from '../service/environment.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import { type Problem, problemLines } from '../service/problem.ts';
import { editHint } from '../service/shell-line.ts';
import type { BackendName } from '../service/unit.ts';
import { definitionText } from './desired.ts';

/** Fields of the definition to change; `undefined` leaves a field as it is. */
export type RequestedFields = Readonly<Record<string, unknown>>;

/** The flag that sets a field of the definition, by the field's dotted path. */
export type Flags = Readonly<Record<string, string>>;

export interface InstallRequest {
  name: string;
  changes: RequestedFields;
  /** Where the changes come from flags: errors blame the flag, not the field. */
  flags?: Flags | undefined;
  backend?: BackendName | undefined;
  /** Replace a newer version of memoryd too. */
  downgrade?: boolean | undefined;
  /** Values to add to the secrets file of an external daemon. */
  secrets?: Environment | undefined;
}

/** The definition to install and its text on disk. */
export interface RequestedDefinition {
  definition: Definition;
  text: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object with a `kind` is replaced as a whole: its other fields depend on the kind. */
function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('kind' in value);
}

/** `before` with the values of `said`, merged at every level. */
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
 * The definition on disk, which is at `path`, with the changes merged into it. The text of an unchanged file is kept as it
 * is, to the byte.
 * Throws `usage` when the values of flags are wrong, `configuration` when other fields are, `permission` when the file
 * cannot be read.
 */
export function requestedDefinition(
  seen: DefinitionObservation,
  { name, changes, flags = {} }: Pick<InstallRequest, 'name' | 'changes' | 'flags'>,
  path: string,
): RequestedDefinition {
  if (seen.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${seen.why}`);
  if (seen.kind === 'invalid') throw invalidFile(path, seen.problems);
  const before =
    seen.kind === 'valid' ? (JSON.parse(seen.text) as Record<string, unknown>) : { schema: 1, name };
  const after = merged(before, changes);
  if (seen.kind === 'valid' && isDeepStrictEqual(before, after))
    return { definition: seen.definition, text: seen.text };
  const checked = checkDefinition(after);
  if (checked.kind === 'invalid') {
    throw (
      wrongFlags(flags, checked.problems) ??
      invalidFile(seen.kind === 'valid' ? path : undefined, checked.problems)
    );
  }
  return { definition: checked.definition, text: definitionText(after) };
}

/** The error for flags, when every problem is one of theirs (N36). */
function wrongFlags(flags: Flags, problems: readonly Problem[]): MemorydError | undefined {
  const fields = Object.keys(flags);
  const blamed = problems.flatMap(({ path, message }) => {
    const field = fields.find((one) => path === one || path.startsWith(`${one}.`));
    return field === undefined ? [] : [{ path: flags[field] as string, message }];
  });
  if (blamed.length < problems.length) return undefined;
  return new MemorydError('usage', [...new Set(problemLines(blamed))].join('; '));
}

/** `path` is undefined where there is no such file yet: a hint never names a file that does not exist (N36). */
function invalidFile(path: string | undefined, problems: readonly Problem[]): MemorydError {
  return new MemorydError(
    'configuration',
    `the definition is not valid: ${problemLines(problems).join('; ')}`,
    path === undefined ? {} : { hint: editHint(path) },
  );
}
