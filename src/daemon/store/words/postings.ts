/** The memories of a segment that have a word. Both arrays have the same length; `places` is ascending. */
export interface Postings {
  /** The places of the memories in the segment. */
  places: Uint16Array;
  /** How often the word occurs, at most 255. An occurrence in the title or a tag counts as several. */
  weights: Uint8Array;
}

/** Encodes postings for the database: all places, then all weights, in the byte order of the machine. */
export function encodePostings({ places, weights }: Postings): Uint8Array {
  const bytes = new Uint8Array(places.length * 3);
  bytes.set(new Uint8Array(places.buffer, places.byteOffset, places.byteLength));
  bytes.set(weights, places.byteLength);
  return bytes;
}

/** Decodes postings. The result shares the bytes, which must start at an even offset, as the bytes from SQLite do. */
export function decodePostings(bytes: Uint8Array): Postings {
  const count = bytes.length / 3;
  return {
    places: new Uint16Array(bytes.buffer, bytes.byteOffset, count),
    weights: new Uint8Array(bytes.buffer, bytes.byteOffset + count * 2, count),
  };
}
