import { MemorydError } from '../errors.ts';

/**
 * Matches what XML 1.0 cannot contain (production 2): control characters, lone surrogates, U+FFFE and U+FFFF.
 * References cannot express them either.
 */
const unspeakable = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser turns a single carriage return into a line feed (XML 1.0, 2.11), and some trim white space.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Escapes `value` as the text of an XML element, so that any parser returns it unchanged. Throws `configuration` for
 * what XML cannot contain.
 */
export function xmlText(value: string): string {
  const found = unspeakable.exec(value);
  if (found !== null) {
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new MemorydError('configuration', `XML cannot contain U+${code}: ${JSON.stringify(value)}`);
  }
  return value.replaceAll(/[&<>"\t\n\r]/g, (character) => references[character] ?? character);
}
