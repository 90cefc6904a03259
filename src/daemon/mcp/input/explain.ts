import type { z } from 'zod';
import type { PlainSchema } from './json-schema.ts';

/** The longest part of a refused value that a message repeats. */
const shown = 60;

/** Says which values a schema accepts: `a whole number from 1 to 100`. */
export function validValues({ type, minimum, maximum, maxLength, maxItems, items }: PlainSchema): string {
  switch (type) {
    case 'integer':
      return `a whole number from ${minimum} to ${maximum}`;
    case 'number':
      return maximum === undefined
        ? `a number from ${minimum ?? 'any'} on`
        : `a number from ${minimum} to ${maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of at most ${maxItems} items, each ${validValues(items ?? {})}`;
    case 'object':
      return 'an object';
    default:
      return `a text of 1 to ${maxLength} characters`;
  }
}

/** Follows a path as far as the schema knows it. */
function schemaAt(schema: PlainSchema, path: readonly PropertyKey[]): PlainSchema {
  return path.reduce<PlainSchema>(
    (at, key) => (typeof key === 'number' ? at.items : at.properties?.[String(key)]) ?? {},
    schema,
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}

/** Says what is wrong with a value and what is valid. The path is not part of the text. */
export function explain(schema: PlainSchema, input: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const fields = Object.keys(schemaAt(schema, issue.path).properties ?? {});
    return `unknown field ${issue.keys.join(', ')}; valid fields: ${fields.join(', ')}`;
  }
  const value = valueAt(input, issue.path);
  const valid =
    issue.code === 'custom' ? issue.message : `must be ${validValues(schemaAt(schema, issue.path))}`;
  return value === undefined ? `is missing; ${valid}` : `${valid}; got ${shortened(value)}`;
}
