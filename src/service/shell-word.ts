/** A word for sh(1), always in single quotes: nothing in it is expanded. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A word as a POSIX shell reads it back, quoted only where that is needed. */
export const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word));
