/** The new content of the file in the body of a PUT. */
export type Content = { kind: 'content'; bytes: Buffer } | { kind: 'refused'; why: string };

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The object when the text is a JSON object with the key `content` only, else `undefined`. */
function wrapped(text: string): { content: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.keys(value).join() === 'content' ? (value as { content: unknown }) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Parses the body of a PUT. An object with the key `content` only is the wrapper; anything else is the file itself, so
 * a log line with more keys is stored whole. `application/octet-stream` is always the file. An empty body is refused:
 * only `{"content": ""}` empties a file. Content that could not be returned unchanged is refused too. Does not throw
 * for a bad body.
 */
export function parseContent(body: Buffer, contentType: string | undefined): Content {
  if (body.length === 0) return { kind: 'refused', why: 'empty body; send {"content":""} to empty the file' };
  const text = utf8(body);
  if (text === undefined) return { kind: 'refused', why: 'the body is not UTF-8' };
  const verbatim = /^application\/octet-stream\b/i.test(contentType ?? '');
  const wrapper = verbatim ? undefined : wrapped(text);
  if (wrapper === undefined) return { kind: 'content', bytes: body };
  if (typeof wrapper.content !== 'string') return { kind: 'refused', why: 'content must be a string' };
  if (!wrapper.content.isWellFormed()) return { kind: 'refused', why: 'content is not well-formed Unicode' };
  return { kind: 'content', bytes: Buffer.from(wrapper.content, 'utf8') };
}
