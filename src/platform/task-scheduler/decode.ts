/**
 * Decodes the output of a Windows tool. `schtasks /query /xml` prints UTF-16LE, with or without a byte order mark, to
 * some pipes, and the code page of the console to others. A mark, or NULs in every other byte, identify UTF-16LE. For
 * a code page, bytes that are not UTF-8 become U+FFFD: everything that we evaluate is ASCII.
 */
export function decodeOutput(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== undefined && first !== 0 && second === 0) return 'utf-16le';
  if (first === 0 && second !== undefined && second !== 0) return 'utf-16be';
  return 'utf-8';
}
