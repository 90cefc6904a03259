/** A word for sh(1), always in single quotes: nothing in it is expanded. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A word as a POSIX shell reads it back, quoted only where that is needed. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word);
}

/** An argv that can be pasted into a shell. */
export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}

/** A command line that moves a file or directory out of the way. */
export function keepHint(path: string): string {
  return shellLine(['mv', path, `${path}.kept`]);
}

/** A command line that opens a file in the user's editor. */
export function editHint(path: string): string {
  return process.platform === 'win32' ? `notepad "${path}"` : `\${EDITOR:-vi} ${shellWord(path)}`;
}
