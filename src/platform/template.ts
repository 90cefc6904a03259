import { compileTemplate } from './compile-template.ts';

/** An escaper by the name a template calls it by: `{{argument x}}`. */
export type Escapers = Readonly<Record<string, (value: string) => string>>;

/**
 * Fills `templates/<name>.hbs`. Every value in a template goes through one of `escapers`; a name the context lacks throws.
 */
export function fillTemplate(name: string, context: object, escapers: Escapers): string {
  const { handlebars, fill } = compileTemplate(name);
  for (const [helper, escaper] of Object.entries(escapers)) {
    handlebars.registerHelper(helper, (value: unknown) => escaper(String(value)));
  }
  return fill(context);
}
