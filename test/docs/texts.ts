import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/lab.ts';

const comment = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const literal = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** The texts in a test file, with their quotes: the names of its tests are among them. */
export function textsOf(file: string): string[] {
  const source = readFileSync(join(repository, file), 'utf8');
  return source.replaceAll(comment, '').match(literal) ?? [];
}
