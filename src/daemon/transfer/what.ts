/** The first bytes of files that are no text, and what such a file is. */
const signatures: readonly (readonly [bytes: string, what: string])[] = [
  ['SQLite format 3\0', 'a SQLite database'],
  ['\x1f\x8b', 'compressed with gzip'],
  ['BZh', 'compressed with bzip2'],
  ['\xfd7zXZ\0', 'compressed with xz'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd'],
  ['PK\x03\x04', 'a zip archive'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
  ['%PDF-', 'a PDF document'],
  ['\x89PNG', 'an image'],
  ['\xff\xd8\xff', 'an image'],
  ['age-encryption.org/', 'encrypted with age'],
  ['-----BEGIN PGP', 'encrypted or signed with PGP'],
  ['\x7fELF', 'a program'],
];

/** What a file is by its first bytes; `undefined` for a text (pure). */
export function whatIs(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 512).toString('latin1');
  if (head.slice(257, 262) === 'ustar') return 'a tar archive';
  return signatures.find(([start]) => head.startsWith(start))?.[1];
}

/** What a text is that holds no memories, as far as its beginning tells (pure). */
export function whatText(text: string): string {
  const head = text.slice(0, 1000).trimStart();
  if (head === '') return 'empty';
  if (/^<!doctype html|^<html/i.test(head)) return 'an HTML page';
  if (head.startsWith('<')) return 'XML';
  if (/^[[{]/.test(head)) return 'JSON without memories';
  return 'text that is neither JSON nor Markdown';
}

/** The encoding of a text by its first bytes: a byte order mark, or the zero of an ASCII character in UTF-16. */
function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== undefined && second !== 0))
    return 'utf-16be';
  return 'utf-8';
}

/** The text in `bytes`, without a byte order mark; `undefined` if it is neither UTF-8 nor UTF-16 (pure). */
export function decodeText(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
