/** One check per field of `T`. Fields that the shape does not name are kept: a newer memoryd may have written them. */
export type Shape<T> = { readonly [K in keyof T]-?: (value: unknown) => boolean };

export type StateText<T> = { kind: 'valid'; value: T } | { kind: 'invalid'; reason: string };

type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === 'string' && value !== '';
export const isString: Check = (value) => typeof value === 'string';
export const isBoolean: Check = (value) => typeof value === 'boolean';
export const isNumber: Check = (value) => typeof value === 'number';
export const isInteger: Check = (value) => Number.isInteger(value);
export const isPositive: Check = (value) => Number.isInteger(value) && (value as number) > 0;
export const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const equals =
  (expected: unknown): Check =>
  (value) =>
    value === expected;

export const oneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

export const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/**
 * Reads the JSON text of a file that memoryd writes for itself (pure).
 * A table of checks and no schema library: `status` and every host read such files, and a library costs both time and
 * memory (docs/decisions/0028-state-files.md).
 * @param text the whole text of the file
 * @param shape what each field must be
 */
export function parseState<T extends object>(text: string, shape: Shape<T>): StateText<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'invalid', reason: (error as SyntaxError).message };
  }
  if (!isObject(value)) return { kind: 'invalid', reason: 'not an object' };
  const wrong = Object.entries<Check>(shape).find(
    ([name, check]) => !check((value as Record<string, unknown>)[name]),
  );
  if (wrong !== undefined) return { kind: 'invalid', reason: `${wrong[0]} is missing or wrong` };
  return { kind: 'valid', value: value as T };
}
