import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { packageRoot } from '../package.ts';

/** An escaper by the name a template calls it by: `{{argument x}}`. */
export type Escapers = Readonly<Record<string, (value: string) => string>>;

/**
 * Fills `templates/<name>.hbs`. Handlebars' own escaping is off: it is for HTML.
 * Every value in a template goes through one of `escapers`; a name the context lacks throws.
 */
export function fillTemplate(name: string, context: object, escapers: Escapers): string {
  const source = readFileSync(join(packageRoot, 'templates', `${name}.hbs`), 'utf8');
  const handlebars = Handlebars.create();
  for (const [helper, escaper] of Object.entries(escapers)) {
    handlebars.registerHelper(helper, (value: unknown) => escaper(String(value)));
  }
  return handlebars.compile(source, { noEscape: true, strict: true })(context);
}
