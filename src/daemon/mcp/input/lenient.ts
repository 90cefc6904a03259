import type { PlainSchema } from './json-schema.ts';

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list from what models send for one: `a,b`, `["a"]` as text, or a single item. */
function lenientList(schema: PlainSchema, value: unknown): unknown {
  const items = schema.items ?? {};
  if (Array.isArray(value)) return value.map((item) => lenientValue(items, item));
  if (typeof value === 'string') {
    const parsed = parsedJson(value);
    if (typeof parsed === 'object' && parsed !== null) return lenientList(schema, parsed);
    if (items.type !== 'string') return value;
    return value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  return items.type === 'object' && typeof value === 'object' ? [lenientValue(items, value)] : value;
}

function lenientValue(schema: PlainSchema, value: unknown): unknown {
  const text = typeof value === 'string' ? value.trim() : undefined;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return text === undefined || text === '' || Number.isNaN(Number(text)) ? value : Number(text);
    case 'boolean':
      return /^(true|false)$/i.test(text ?? '') ? text?.toLowerCase() === 'true' : value;
    case 'array':
      return lenientList(schema, value);
    case 'object':
      return lenient(schema, value, []);
    default:
      return value;
  }
}

/**
 * Reads what models really send: numbers, booleans and lists as text, and `null` or an empty text for a value that is
 * not given. For a `removable` field both mean that its value is to be removed. Everything else is left for the
 * validation to refuse.
 */
export function lenient(schema: PlainSchema, input: unknown, removable: readonly string[]): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const { properties = {}, required = [] } = schema;
  const read = Object.entries(input).flatMap(([name, value]): [string, unknown][] => {
    const property = properties[name];
    const isEmpty = value === null || value === '';
    if (isEmpty && removable.includes(name)) return [[name, '']];
    if (isEmpty && !required.includes(name)) return [];
    return [[name, property === undefined ? value : lenientValue(property, value)]];
  });
  return Object.fromEntries(read);
}
