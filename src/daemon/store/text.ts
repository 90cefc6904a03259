// Changing what words() gives needs a migration that rebuilds the full-text table: it is asked to delete the very words
// that it was given.

// Scripts that are written without spaces, and emoji: every character is a word, and a run of them is a phrase.
export const unspaced =
  '\\p{Extended_Pictographic}\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const wordPattern = new RegExp(`[${unspaced}]|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`, 'gv');
const asciiOnly = /^[\x00-\x7f]*$/;

/** Words are cut here: nobody types more of one, and a pasted key must not fill the index. */
const longestWord = 64;

/** Letters that two ways of writing a word differ in: without dot, as a ligature, as a word ends. */
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
 * Lower case, and accents off Latin, Greek and Cyrillic letters: `Déjà` and `deja` are one word. Vowel signs off Arabic
 * and Hebrew ones, which are seldom written. What is not seen (soft hyphen, zero-width space) is taken out.
 */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f\u064b-\u065f\u0670\u0640\u0591-\u05c7\u00ad\u200b]/g, '')
    .replace(/[ßıœæøłđςى]/g, (letter) => letters[letter] as string)
    .normalize('NFC');
}

/** The words of a text, folded, in order. What is indexed and what is searched for both come through here. */
export function words(text: string): string[] {
  const found = asciiOnly.test(text) ? text.toLowerCase().match(/[a-z0-9]+/g) : fold(text).match(wordPattern);
  return (found ?? []).map((word) =>
    word.length > longestWord ? word.slice(0, longestWord).replace(/[\ud800-\udbff]$/, '') : word,
  );
}

/**
 * A text as the index takes it: its words, one space between.
 * FTS5's `ascii` tokenizer splits that at the spaces and nowhere else, so SQLite's idea of a letter never matters.
 */
export function indexText(text: string): string {
  return words(text).join(' ');
}
