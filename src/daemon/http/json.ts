/** A message nests a handful of levels; what walks it is recursive and would run out of stack on a hundred thousand. */
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

/** Reads a body as JSON: UTF-8, whole, and not nested deeper than any message is. */
export function parseJson(bytes: Buffer): Parsed {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (nestsTooDeep(text)) return { kind: 'invalid', why: `it nests deeper than ${deepest} levels` };
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'invalid', why: error instanceof SyntaxError ? error.message : 'it is not UTF-8' };
  }
}
