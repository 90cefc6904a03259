import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as russian } from '@orama/stemmers/russian';

/** The size of the cache of stems. Stemming takes some microseconds, and most words of a text occurred before. */
const mostRemembered = 20_000;
const remembered = new Map<string, string>();

const latin = /^[a-z]{3,}$/;
const cyrillic = /^\p{Script=Cyrillic}+$/u;
const arabicScript = /^\p{Script=Arabic}+$/u;

function stemOf(word: string): string {
  if (latin.test(word)) return english(word);
  if (cyrillic.test(word)) return russian(word);
  // A final ta marbuta is often typed as ha.
  if (arabicScript.test(word)) return arabic(word.replace(/ه$/, 'ة'));
  return word;
}

/**
 * Gives the stem of a word: `run` for `running` and `runs`. The stemmer is chosen by the script of the word, because a
 * query is too short to detect its language. Words with digits or in other scripts are given unchanged.
 */
export function stem(word: string): string {
  const known = remembered.get(word);
  if (known !== undefined) return known;
  if (remembered.size >= mostRemembered) remembered.clear();
  const stemmed = stemOf(word);
  remembered.set(word, stemmed);
  return stemmed;
}
