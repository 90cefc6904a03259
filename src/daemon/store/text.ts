// Scripts that are written without spaces: every character is a word, and a run of them is a phrase.
const unspaced =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const wordPattern = new RegExp(`[${unspaced}]|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`, 'gv');
const asciiOnly = /^[\x00-\x7f]*$/;

/** Words are cut here: nobody types more of one, and a pasted key must not fill the index. */
const longestWord = 64;

/** Lower case, and accents off Latin, Greek and Cyrillic letters: `Déjà` and `deja` are one word. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ς', 'σ')
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
