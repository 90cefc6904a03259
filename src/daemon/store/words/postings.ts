/** Which memories of a segment have a word. Both arrays are of the same length; `places` is ascending. */
export interface Postings {
  /** Where in the segment. */
  places: Uint16Array;
  /** How often the word is there, an occurrence in the title or a tag counting for several; at most 255. */
  weights: Uint8Array;
}

/** Postings as they are stored: all places, then all weights, in the byte order of the machine. */
export function encodePostings({ places, weights }: Postings): Uint8Array {
  const bytes = new Uint8Array(places.length * 3);
  bytes.set(new Uint8Array(places.buffer, places.byteOffset, places.byteLength));
  bytes.set(weights, places.byteLength);
  return bytes;
}

/** The inverse; shares the bytes, which must start at an even offset, as those that SQLite gives do. */
export function decodePostings(bytes: Uint8Array): Postings {
  const count = bytes.length / 3;
  return {
    places: new Uint16Array(bytes.buffer, bytes.byteOffset, count),
    weights: new Uint8Array(bytes.buffer, bytes.byteOffset + count * 2, count),
  };
}
