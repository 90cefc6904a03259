import { words } from './text.ts';

/** One thing searched for: a word, a phrase of several, or the beginning of a word (its last one). */
export interface Term {
  words: readonly string[];
  prefix: boolean;
}

/** What a person asked for. Without a wanted term nothing can match. */
export interface Query {
  wanted: Term[];
  unwanted: Term[];
}

/** Terms beyond this many are left out: a pasted page is no question. */
const mostTerms = 32;

/** Shorter beginnings match too much to be worth ranking; they count as words. */
const shortestPrefix = 2;

// A minus before a letter or a quote leaves out; `--force` and `-5` are words.
const part = /(-(?=[\p{L}"]))?(?:"([^"]*)"?|(\S+))/gu;

function termOf(text: string, prefix: boolean): Term | undefined {
  const found = words(text);
  const last = found.at(-1);
  if (last === undefined) return undefined;
  return { words: found, prefix: prefix && last.length >= shortestPrefix };
}

function keyOf(term: Term): string {
  return `${term.words.join(' ')}${term.prefix ? '*' : ''}`;
}

function distinct(terms: Term[]): Term[] {
  return [...new Map(terms.map((term) => [keyOf(term), term])).values()].slice(0, mostTerms);
}

/**
 * Reads what people type: words, `"phrases"`, `beginnings*`, and `-` before what must not be there.
 * Everything is a query; punctuation that means nothing here means nothing.
 */
export function parseQuery(text: string): Query {
  const wanted: Term[] = [];
  const unwanted: Term[] = [];
  for (const [, minus, phrase, word] of text.matchAll(part)) {
    const term = termOf(phrase ?? word ?? '', word?.endsWith('*') ?? false);
    if (term !== undefined) (minus === undefined ? wanted : unwanted).push(term);
  }
  return { wanted: distinct(wanted), unwanted: distinct(unwanted) };
}

/** A term in FTS5's language. Words hold no quote, and quoted nothing else in them is special. */
export function ftsTerm(term: Term): string {
  return `"${term.words.join(' ')}"${term.prefix ? ' *' : ''}`;
}

/** A query in FTS5's language: any of the wanted terms, of which there must be one, and none of the unwanted. */
export function ftsExpression({ wanted, unwanted }: Query): string {
  const any = `(${wanted.map(ftsTerm).join(' OR ')})`;
  return unwanted.length === 0 ? any : `${any} NOT (${unwanted.map(ftsTerm).join(' OR ')})`;
}
