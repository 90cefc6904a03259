/** The placeholders in the command and environment of an external daemon. */
export const placeholders = ['port', 'url', 'dataDir', 'home'] as const;

// `{{port}}` stands for the text `{port}`. Braces around anything but a single word are left as they are, such as JSON
// in an argument.
const token = /\{(\{[A-Za-z][A-Za-z0-9]*\})\}|\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** The placeholder names in `template`, in order. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(token)].flatMap(([, , name]) => (name === undefined ? [] : [name]));
}

/**
 * Fills in every placeholder of `template`. Throws a RangeError for a name that `values` lacks; the schemas refuse
 * such names before.
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(token, (_whole, literal: string | undefined, name: string) => {
    if (literal !== undefined) return literal;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new RangeError(`no such placeholder: {${name}}`);
    return value;
  });
}
