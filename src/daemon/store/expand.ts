import type { Connection } from './connection.ts';
import { ftsTerm, type Query, type Term } from './query.ts';
import { stem, type WordIndex } from './words/index.ts';

/** Shorter words begin or nearly equal too many others. */
const shortestBeginning = 4;
const shortestMistyped = 5;
const shortestHangul = 2;
const shortestJoined = 6;
/** Of the words that a mistyped one may mean, so many are searched for. */
const mostMeant = 3;

const hangul = /^\p{Script=Hangul}+$/u;
const letters = 'abcdefghijklmnopqrstuvwxyz';

/** Every word that one mistake makes of this one: a letter left out, doubled, changed, or two in the wrong order. */
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

/** `ae`, `oe`, `ue` as they are folded where people can type umlauts. */
function withoutUmlauts(word: string): string {
  return word.replace(/([aou])e/g, '$1');
}

/** The ways to write a word as two: `dryrun` may be `dry run`. */
function twoWords(word: string): Term[] {
  if (word.length < shortestJoined || !/^[a-z]+$/.test(word)) return [];
  const cuts = Array.from({ length: word.length - 3 }, (_, at) => at + 2);
  return cuts.map((cut) => ({ words: [word.slice(0, cut), word.slice(cut)], prefix: false }));
}

/**
 * Puts in the place of what the store does not know what may be meant by it, so that a known word is never touched:
 * of a word its other spelling, its beginning, or what one mistake made it of; of `v2.10.3` or `喝茶` the single words.
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

  /** `data base` is asked for as `database`, too, where that is known. */
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
