import { MemorydError } from '../../errors.ts';

/** Everything but the characters of XML 1.0 (production 2): control characters, lone surrogates, U+FFFE, U+FFFF. */
const unspeakable = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** A carriage return must be a reference: parsers turn a bare one into a line feed. XML 1.0, 2.11 */
const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#13;',
};

/** `value` as the content of an XML element, to be read back the same. Throws `configuration` for what XML cannot carry. */
export function string(value: string): string {
  const found = unspeakable.exec(value);
  if (found !== null) {
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new MemorydError(
      'configuration',
      `a property list cannot hold U+${code}: ${JSON.stringify(value)}`,
    );
  }
  return value.replaceAll(/[&<>\r]/g, (character) => references[character] ?? character);
}

/** A whole number as a property list writes it: decimal, also where people think in octal. Throws `configuration` for anything else. */
export function integer(value: string): string {
  if (/^\d{1,15}$/.test(value)) return value;
  throw new MemorydError('configuration', `not a whole number: ${value}`);
}
