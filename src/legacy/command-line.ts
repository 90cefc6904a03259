/**
 * Splits a command line into argv as Windows programs do: quotes group, `""` inside quotes is a quote, and a backslash
 * is special only before a quote. CommandLineToArgvW
 */
export function splitWindows(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; ) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    if (line[at + slashes] === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      at += slashes;
      if (slashes % 2 === 1) word += '"';
      else if (quoted && line[at + 1] === '"') {
        word += '"';
        at += 1;
      } else quoted = !quoted;
      at += 1;
      continue;
    }
    const end = at + Math.max(1, slashes);
    const piece = line.slice(at, end);
    at = end;
    if (!quoted && (piece === ' ' || piece === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + piece;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Splits a line into words as sh(1) does. Gives `undefined` for a line that needs a shell: with variables, pipes,
 * redirections or several commands.
 */
export function splitShell(line: string): string[] | undefined {
  const words: string[] = [];
  const token = /\s+|((?:[^\s'"\\$`|&;<>()*?[\]#~{}!]|\\.|'[^']*'|"(?:[^"\\$`]|\\["\\$`])*")+)/y;
  while (token.lastIndex < line.length) {
    const match = token.exec(line);
    if (match === null) return undefined;
    if (match[1] !== undefined) words.push(unquote(match[1]));
  }
  return words;
}

function unquote(word: string): string {
  return word.replace(/\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, (_all, plain, single, double) => {
    if (plain !== undefined) return plain;
    return single ?? String(double).replace(/\\(["\\$`])/g, '$1');
  });
}
