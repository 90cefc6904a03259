import { MemorydError } from '../../errors.ts';

const unrepresentable = (what: string, value: string) =>
  new MemorydError('configuration', `task scheduler cannot express ${what} in ${JSON.stringify(value)}`);

/**
 * One argument of a Windows command line, so that CommandLineToArgvW and Microsoft's C runtime give it back:
 * backslashes are literal except in front of a quote, where each is doubled.
 * Throws `configuration` for NUL.
 */
function windowsArgument(value: string): string {
  if (value.includes('\0')) throw unrepresentable('NUL', value);
  if (value !== '' && !/[\s"]/.test(value)) return value;
  return `"${value.replace(/(\\*)(?:"|$)/g, (match, slashes: string) =>
    match.endsWith('"') ? `${slashes}${slashes}\\"` : `${slashes}${slashes}`,
  )}"`;
}

/** A whole argv as one command line. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(windowsArgument).join(' ');
}

/**
 * Refuses what Task Scheduler itself replaces when it runs the action: `%name%` and `$(Arg0)`.
 * No way to escape them is documented.
 */
export function refuseVariables(value: string): string {
  if (/%[^%]+%/.test(value)) throw unrepresentable('a value between percent signs', value);
  if (value.includes('$(')) throw unrepresentable('"$("', value);
  return value;
}

// XML 1.0 has no way to write any other character, not even as a reference. https://www.w3.org/TR/xml/#charsets
const notInXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // As references, because a parser turns a raw CR into LF and may trim white space.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text of an XML element. Throws `configuration` for what XML cannot hold: control characters, lone surrogates. */
export function xmlText(value: string): string {
  if (notInXml.test(value)) throw unrepresentable('a control character', value);
  return value.replace(/[&<>"\t\n\r]/g, (character) => entities[character] ?? character);
}
