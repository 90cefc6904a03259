import { stopWords } from './stop-words.ts';
import { unspaced, words } from './text.ts';

/** One thing searched for: a word, a phrase of several, or the beginning of a word (its last one). */
export interface Term {
  words: readonly string[];
  prefix: boolean;
  /** In quotes: found as it is written, not by its stem. */
  exact?: boolean;
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

// A minus before a quote leaves out. `-g`, `--force` and `-5` are words, as in a command that is pasted.
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

/** The words of a run without spaces, two by two, as nobody marks where a word of it ends. */
function pairs(run: readonly string[]): Term[] {
  if (run.length <= 2) return [{ words: run, prefix: false }];
  return run.slice(1).map((word, at) => ({ words: [run[at] as string, word], prefix: false }));
}

/** What is left of `Ann's` and `we'll` is what is asked for. */
const contraction = /(?<=\p{L})['’](?:s|t|re|ve|ll|d|m)(?=\P{L}*$)/iu;

/** What was typed without quotes: words with punctuation between are one term, a run without spaces is several. */
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
 * Reads what people type: words, `"phrases"`, `beginnings*`, and `-"phrase"` for what must not be there.
 * Everything is a query; punctuation that means nothing here means nothing. Words such as `the` count only where
 * there is nothing else.
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

/** A term in FTS5's language. Words hold no quote, and quoted nothing else in them is special. */
export function ftsTerm(term: Term): string {
  return `"${term.words.join(' ')}"${term.prefix ? ' *' : ''}`;
}

/** A query in FTS5's language: any of the wanted terms, of which there must be one, and none of the unwanted. */
export function ftsExpression({ wanted, unwanted }: Query): string {
  const any = `(${wanted.map(ftsTerm).join(' OR ')})`;
  return unwanted.length === 0 ? any : `${any} NOT (${unwanted.map(ftsTerm).join(' OR ')})`;
}
