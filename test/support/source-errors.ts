import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './lab.ts';

/** An error that the source can produce: its message and hint, with samples in place of what is filled in. */
export interface SourceText {
  /** `src/file.ts:line`. */
  where: string;
  text: string;
}

/** What stands for an expression in a template, by what the expression names. */
const samples: readonly [RegExp, string][] = [
  [/^command$/, 'memoryd migrate --from pm2:notes'],
  [/verb/, 'stop'],
  [/Backend|backend\.name/, 'standalone'],
  [/\buid\b/, '1000'],
  [/pids/, '12'],
  [/Secs/, '120'],
  [/port|Port/, '8400'],
  [/\bpid\b/, '12'],
  [/path|Path|\bto\b|\bat\b|file|File|directory/, '/home/ada/file'],
  [/enable/, 'enable'],
];

const sampleOf = (expression: string): string =>
  samples.find(([pattern]) => pattern.test(expression))?.[1] ?? 'notes';

/** The end of a bracket, string or template that begins at `start`. */
function endOf(source: string, start: number): number {
  const open = source[start] as string;
  const close = { '(': ')', '{': '}', '[': ']' }[open];
  for (let at = start + 1; at < source.length; at += 1) {
    const here = source[at] as string;
    if (close === undefined) {
      if (here === '\\') at += 1;
      else if (here === open) return at;
      else if (open === '`' && here === '$' && source[at + 1] === '{') at = endOf(source, at + 1);
    } else if (here === close) return at;
    else if ('({[`\'"'.includes(here)) at = endOf(source, at);
  }
  throw new Error(`no end of ${source.slice(start, start + 40)}`);
}

/** The string or template that begins at `start`, with samples filled in. */
function literalAt(source: string, start: number): string {
  const body = source.slice(start + 1, endOf(source, start));
  if (source[start] !== '`') return body.replaceAll(/\\(.)/g, '$1');
  let text = '';
  for (let at = 0; at < body.length; at += 1) {
    if (body[at] === '$' && body[at + 1] === '{') {
      const end = endOf(body, at + 1);
      text += sampleOf(body.slice(at + 2, end));
      at = end;
    } else if (body[at] === '\\') {
      at += 1;
      text += body[at];
    } else text += body[at];
  }
  return text;
}

/** Every literal that is a whole argument or a branch of one; literals inside calls and comparisons are skipped. */
function literalsOf(source: string, start: number, end: number): string[] {
  const found: string[] = [];
  for (let at = start; at < end; at += 1) {
    const here = source[at] as string;
    if ('`\'"'.includes(here)) {
      const before = source.slice(start, at).trimEnd();
      if (before === '' || /[?:]$/.test(before)) found.push(literalAt(source, at));
      at = endOf(source, at);
    } else if ('({['.includes(here)) at = endOf(source, at);
    else if (here === ',' || here === ';') break;
  }
  return found;
}

const files = globSync('src/**/*.ts', { cwd: repository })
  .map((file) => file.replaceAll('\\', '/'))
  .sort()
  .map((file) => {
    const source = readFileSync(join(repository, file), 'utf8');
    // Comments keep their length, so that lines can be told.
    const blank = (comment: string) => comment.replaceAll(/[^\n]/g, ' ');
    return { file, source: source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, blank) };
  });

const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length;

/** The messages of all `new MemorydError(kind, message, …)` whose message is a literal. */
export function errorMessages(): SourceText[] {
  return files.flatMap(({ file, source }) =>
    [...source.matchAll(/new MemorydError\(/g)].flatMap(({ index, 0: call }) => {
      const open = index + call.length - 1;
      const end = endOf(source, open);
      let comma = open + 1;
      while (comma < end && source[comma] !== ',') {
        comma = '({[`\'"'.includes(source[comma] as string) ? endOf(source, comma) + 1 : comma + 1;
      }
      const where = `${file}:${lineOf(source, index)}`;
      return literalsOf(source, comma + 1, end).map((text) => ({ where, text }));
    }),
  );
}

/** All hints: `hint: <literal>` and `hint: shellLine([…])`. */
export function errorHints(): SourceText[] {
  return files.flatMap(({ file, source }) =>
    [...source.matchAll(/\bhint: /g)].flatMap(({ index, 0: key }) => {
      const start = index + key.length;
      const where = `${file}:${lineOf(source, index)}`;
      const list = /^shellLine\(\[/.exec(source.slice(start, start + 20))?.[0];
      if (list === undefined) {
        return literalsOf(source, start, source.length).map((text) => ({ where, text }));
      }
      const items = source.slice(start + list.length, endOf(source, start + list.length - 1)).split(/,\s*/);
      const words = items.map((item) => {
        if (item.startsWith('...')) return 'server';
        return /^['"`]/.test(item) ? literalAt(item, 0) : sampleOf(item);
      });
      return [{ where, text: words.join(' ') }];
    }),
  );
}
