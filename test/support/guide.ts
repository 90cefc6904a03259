import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './lab.ts';

/** The code blocks under a heading of a guide of docs/migrating, in order. Throws when there is none: a guide that changed. */
export function blocksIn(guide: string, heading: string, language = 'sh'): string[] {
  const text = readFileSync(join(repository, 'docs', 'migrating', `${guide}.md`), 'utf8');
  const section = text.split(/^(?=#+ [^\n]*$)/m).find((one) => /^#+ (.*)$/m.exec(one)?.[1] === heading);
  const blocks = [...(section ?? '').matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  const found = blocks.flatMap(([, said, block]) =>
    said === language && block !== undefined ? [block] : [],
  );
  if (found.length === 0) throw new Error(`${guide}.md has no ${language} under "${heading}"`);
  return found;
}

/** The commands of those blocks, one a line, as somebody pastes them one after the other. */
export function linesIn(guide: string, heading: string): string[] {
  return blocksIn(guide, heading)
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
}
