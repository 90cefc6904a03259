import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { packageRoot } from '../package.ts';

/** A separate Handlebars instance, so that helpers are not shared. */
export type Handlebar = ReturnType<typeof Handlebars.create>;

/**
 * Compiles `templates/<name>.hbs`. The build replaces this whole file: the templates are then compiled in advance,
 * without the compiler of Handlebars, which takes longer to load than everything else about a unit.
 */
export function compileTemplate(name: string): { handlebars: Handlebar; fill: (context: object) => string } {
  const source = readFileSync(join(packageRoot, 'templates', `${name}.hbs`), 'utf8');
  const handlebars = Handlebars.create();
  return { handlebars, fill: handlebars.compile(source, templateOptions) };
}

/** Handlebars' own escaping is off: it is for HTML. A name that the context lacks throws. */
export const templateOptions = { noEscape: true, strict: true } as const;
