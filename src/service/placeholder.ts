/** What `{name}` stands for in a foreign daemon's command and environment. */
export const placeholders = ['port', 'url', 'dataDir', 'home'] as const;

// `{{port}}` is `{port}` itself. Braces around anything but a word are not ours: JSON in an argument stays.
const token = /\{(\{[A-Za-z][A-Za-z0-9]*\})\}|\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** The placeholder names in `template`, in order. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(token)].flatMap(([, , name]) => (name === undefined ? [] : [name]));
}

/** `template` with every placeholder filled in. Throws a RangeError for a name that `values` lacks: schemas refuse those. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(token, (_whole, literal: string | undefined, name: string) => {
    if (literal !== undefined) return literal;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new RangeError(`no such placeholder: {${name}}`);
    return value;
  });
}
