import { stopWords } from './stop-words.ts';
import { unspaced, words } from './text.ts';

/** One search term: a word, a phrase of several words, or a prefix (of its last word). */
export interface Term {
  words: readonly string[];
  prefix: boolean;
  /** It was in quotes: found as it is written, not by its stem. */
  exact?: boolean;
}

/** A parsed query. Without a wanted term it matches nothing. */
export interface Query {
  wanted: Term[];
  unwanted: Term[];
}

/** The largest number of terms. Further ones are ignored, for example of a pasted page. */
const mostTerms = 32;

/** A shorter prefix would match too many words to be ranked, so it counts as a word. */
const shortestPrefix = 2;

// A minus before a quote excludes a phrase. `-g`, `--force` and `-5` are words, because users paste commands.
const part = /(-(?="))?(?:"([^"]*)"?|(\S+))/gu;

const unspacedRun = new RegExp(`^[${unspaced}]$`, 'v');

function termOf(text: string, prefix: boolean): Term | undefined {
  const found = words(text);
  const last = found.at(-1);
  if (last === undefined) return undefined;
  return { words: found, prefix: prefix && last.length >= shortestPrefix };
}

function keyOf(term: Term): string {
  return `${term.words.join(' ')}${term.prefix ? '*' : ''}${term.exact ? '"' : ''}`;
}

function distinct(terms: Term[]): Term[] {
  return [...new Map(terms.map((term) => [keyOf(term), term])).values()].slice(0, mostTerms);
}

/** The words of a run without spaces in overlapping pairs, because word boundaries are not marked there. */
function pairs(run: readonly string[]): Term[] {
  if (run.length <= 2) return [{ words: run, prefix: false }];
  return run.slice(1).map((word, at) => ({ words: [run[at] as string, word], prefix: false }));
}

/** The ending of words such as `Ann's` and `we'll`, which is removed. */
const contraction = /(?<=\p{L})['’](?:s|t|re|ve|ll|d|m)(?=\P{L}*$)/iu;

/**
 * The terms of text without quotes. Words joined by punctuation are one term; a run of a script without spaces gives
 * several.
 */
function looseTerms(text: string): Term[] {
  const term = termOf(text.replace(contraction, ''), text.endsWith('*'));
  if (term === undefined) return [];
  const terms: Term[] = [];
  let run: string[] = [];
  let isUnspaced = false;
  const end = (prefix: boolean) => {
    if (run.length === 0) return;
    terms.push(...(isUnspaced ? pairs(run) : [{ words: run, prefix }]));
    run = [];
  };
  for (const word of term.words) {
    const is = unspacedRun.test(word);
    if (is !== isUnspaced) end(false);
    isUnspaced = is;
    run.push(word);
  }
  end(term.prefix);
  return terms;
}

function isStopWord({ words: [first = ''], words: all, prefix }: Term): boolean {
  return all.length === 1 && !prefix && stopWords.has(first);
}

/**
 * Parses a query: words, `"phrases"`, `prefixes*`, and `-"phrase"` to exclude memories. Any text is valid, and other
 * punctuation is ignored. Words such as `the` count only when there are no others. Does not throw.
 */
export function parseQuery(text: string): Query {
  const wanted: Term[] = [];
  const unwanted: Term[] = [];
  for (const [, minus, phrase, word] of text.matchAll(part)) {
    const quoted = phrase === undefined ? undefined : termOf(phrase, false);
    if (quoted !== undefined) (minus === undefined ? wanted : unwanted).push({ ...quoted, exact: true });
    else if (word !== undefined) wanted.push(...looseTerms(word));
  }
  const telling = wanted.filter((term) => term.exact || !isStopWord(term));
  return { wanted: distinct(telling.length === 0 ? wanted : telling), unwanted: distinct(unwanted) };
}

/** Gives a term in the syntax of FTS5. Words hold no quote, and no other character is special inside quotes. */
export function ftsTerm(term: Term): string {
  return `"${term.words.join(' ')}"${term.prefix ? ' *' : ''}`;
}

/**
 * Gives a query in the syntax of FTS5: at least one of the wanted terms and none of the unwanted ones. There must be a
 * wanted term.
 */
export function ftsExpression({ wanted, unwanted }: Query): string {
  const any = `(${wanted.map(ftsTerm).join(' OR ')})`;
  return unwanted.length === 0 ? any : `${any} NOT (${unwanted.map(ftsTerm).join(' OR ')})`;
}
