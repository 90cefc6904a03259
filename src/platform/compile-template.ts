import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { packageRoot } from '../package.ts';

/** A handlebars of its own, whose helpers are nobody else's. */
export type Handlebar = ReturnType<typeof Handlebars.create>;

/**
 * Makes `templates/<name>.hbs` into a function. In a build this whole file is replaced: there the templates are compiled
 * already, and Handlebars comes without its compiler, which takes longer to load than everything else about a unit.
 */
export function compileTemplate(name: string): { handlebars: Handlebar; fill: (context: object) => string } {
  const source = readFileSync(join(packageRoot, 'templates', `${name}.hbs`), 'utf8');
  const handlebars = Handlebars.create();
  return { handlebars, fill: handlebars.compile(source, templateOptions) };
}

/** Handlebars' own escaping is off: it is for HTML. A name that the context lacks throws. */
export const templateOptions = { noEscape: true, strict: true } as const;
