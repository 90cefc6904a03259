/**
 * The deepest nesting of a body. Messages have a few levels, and the code that processes them is recursive: a hundred
 * thousand levels would overflow the stack.
 */
const deepest = 200;

export type Parsed = { kind: 'json'; value: unknown } | { kind: 'invalid'; why: string };

function nestsTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[' || character === '{') {
      depth += 1;
      if (depth > deepest) return true;
    } else if (character === ']' || character === '}') depth -= 1;
  }
  return false;
}

/**
 * Parses a body as JSON. Gives `invalid` for bytes that are not UTF-8, for invalid JSON and for too deep nesting. Does
 * not throw for a bad body.
 */
export function parseJson(bytes: Buffer): Parsed {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (nestsTooDeep(text)) return { kind: 'invalid', why: `it nests deeper than ${deepest} levels` };
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'invalid', why: error instanceof SyntaxError ? error.message : 'it is not UTF-8' };
  }
}
