import type { Connection } from './connection.ts';
import { ftsTerm, type Query, type Term } from './query.ts';
import { stem, type WordIndex } from './words/index.ts';

/** Minimum lengths. Shorter words are the prefix of too many words, or differ from too many by one letter. */
const shortestBeginning = 4;
const shortestMistyped = 5;
const shortestHangul = 2;
const shortestJoined = 6;
/** How many corrections of a mistyped word are searched for. */
const mostMeant = 3;

const hangul = /^\p{Script=Hangul}+$/u;
const letters = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Gives every word with one typing error: a letter missing, added or changed, or two letters swapped. Only the letters
 * a to z are added.
 */
export function oneMistakeFrom(word: string): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at <= word.length; at += 1) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    if (after.length > 0) found.add(before + after.slice(1));
    if (after.length > 1) found.add(`${before}${after[1]}${after[0]}${after.slice(2)}`);
    for (const letter of letters) {
      found.add(before + letter + after);
      if (after.length > 0) found.add(before + letter + after.slice(1));
    }
  }
  found.delete(word);
  return found;
}

/** The word with `ae`, `oe` and `ue` replaced by the folded form of an umlaut. */
function withoutUmlauts(word: string): string {
  return word.replace(/([aou])e/g, '$1');
}

/** The ways to split a word into two: `dryrun` may be `dry run`. */
function twoWords(word: string): Term[] {
  if (word.length < shortestJoined || !/^[a-z]+$/.test(word)) return [];
  const cuts = Array.from({ length: word.length - 3 }, (_, at) => at + 2);
  return cuts.map((cut) => ({ words: [word.slice(0, cut), word.slice(cut)], prefix: false }));
}

/**
 * Replaces the terms that the store does not contain by what they may mean. A known term is never changed. A word is
 * replaced by its other spelling, by itself as a prefix, by two words, or by its corrections; terms such as `v2.10.3`
 * or `喝茶` by their single words.
 */
export function expandQuery(connection: Connection, index: WordIndex, query: Query): Query {
  const match = connection.prepare('SELECT 1 FROM memory_words WHERE memory_words MATCH ? LIMIT 1');
  const matches = (term: Term) => match.get(ftsTerm(term)) !== undefined;
  const isKnown = (word: string) => index.has(stem(word));
  const asWord = (word: string): Term => ({ words: [word], prefix: false });

  function meant(word: string): Term[] {
    if (isKnown(word)) return [asWord(word)];
    const spelt = withoutUmlauts(word);
    if (isKnown(spelt)) return [asWord(spelt)];
    const beginning = { words: [hangul.test(word) ? word.slice(0, shortestHangul) : word], prefix: true };
    const shortest = hangul.test(word) ? shortestHangul : shortestBeginning;
    if (word.length >= shortest && matches(beginning)) return [beginning];
    const split = twoWords(word).find(matches);
    if (split !== undefined) return [split];
    if (word.length < shortestMistyped || !/^[a-z]+$/.test(word)) return [asWord(word)];
    const right = [...oneMistakeFrom(word)].filter(isKnown);
    const distinct = [...new Map(right.map((one) => [stem(one), one])).values()];
    return distinct.length === 0 ? [asWord(word)] : distinct.slice(0, mostMeant).map(asWord);
  }

  function expand(term: Term): Term[] {
    if (term.exact === true || term.prefix) return [term];
    const [first = '', second] = term.words;
    if (second === undefined) return meant(first);
    return matches(term) ? [term] : term.words.flatMap(meant);
  }

  /** Two adjacent words are also searched for as one, where that is a known word: `database` for `data base`. */
  function joined(): Term[] {
    const loose = query.wanted.map(({ words, prefix, exact }) =>
      words.length === 1 && !prefix && exact !== true ? (words[0] as string) : '',
    );
    return loose
      .slice(1)
      .flatMap((word, at) => (word === '' || loose[at] === '' ? [] : [`${loose[at]}${word}`]))
      .filter((word) => word.length >= shortestJoined && isKnown(word))
      .map(asWord);
  }

  return { ...query, wanted: [...query.wanted.flatMap(expand), ...joined()] };
}
