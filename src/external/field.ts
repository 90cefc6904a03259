/** The value at a dotted path in parsed JSON (`checks.store.ok`, `items.0`); `undefined` when there is none. */
export function fieldAt(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
