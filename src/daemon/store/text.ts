// Changing the result of words() needs a migration that rebuilds the full-text table, because the words that are
// deleted from it must be exactly those that were inserted.

// Scripts written without spaces, and emoji: every character is a word, and a run of them is a phrase.
export const unspaced =
  '\\p{Extended_Pictographic}\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const wordPattern = new RegExp(`[${unspaced}]|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`, 'gv');
const asciiOnly = /^[\x00-\x7f]*$/;

/** Longer words are cut at this length. Nobody types more, and a pasted key must not fill the index. */
const longestWord = 64;

/** Letters in which two spellings of a word differ: without a dot, as a ligature, in their final form. */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ı: 'i',
  œ: 'oe',
  æ: 'ae',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ς: 'σ',
  ى: 'ي',
};

/**
 * Folds a text: lower case, without accents on Latin, Greek and Cyrillic letters (`Déjà` and `deja` are one word),
 * without the vowel signs of Arabic and Hebrew, which are seldom written, and without invisible characters (soft
 * hyphen, zero-width space).
 */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f\u064b-\u065f\u0670\u0640\u0591-\u05c7\u00ad\u200b]/g, '')
    .replace(/[ßıœæøłđςى]/g, (letter) => letters[letter] as string)
    .normalize('NFC');
}

/** Gives the folded words of a text, in order. Both indexing and searching use this function. */
export function words(text: string): string[] {
  const found = asciiOnly.test(text) ? text.toLowerCase().match(/[a-z0-9]+/g) : fold(text).match(wordPattern);
  return (found ?? []).map((word) =>
    word.length > longestWord ? word.slice(0, longestWord).replace(/[\ud800-\udbff]$/, '') : word,
  );
}

/**
 * Gives a text in the form of the index: its words, separated by one space. FTS5's `ascii` tokenizer splits it at the
 * spaces only, so SQLite's own rules for letters do not matter.
 */
export function indexText(text: string): string {
  return words(text).join(' ');
}
