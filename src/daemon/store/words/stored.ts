import type { Connection } from '../connection.ts';
import { decodePostings, encodePostings } from './postings.ts';
import type { OpenSegment, Segment } from './segment.ts';

/** The rows of one transaction, which takes about 10 ms. No request is answered meanwhile. */
const rowsAtOnce = 1_500;

interface SegmentRow {
  first: number;
  memories: number;
  words: number;
  lengths: Uint8Array;
}

/** Gives the stored segments that start at `from` or later, in order. Their postings are read on demand. */
export function storedSegments(connection: Connection, from: number): Segment[] {
  const postings = connection.prepare('SELECT postings FROM word_postings WHERE segment = ? AND word = ?');
  const any = connection.prepare('SELECT 1 FROM word_postings WHERE segment = ? AND word = ?');
  const rows = connection
    .prepare('SELECT first, memories, words, lengths FROM word_segments WHERE first >= ? ORDER BY first')
    .all(from) as unknown as SegmentRow[];
  return rows.map(({ first, memories, words, lengths }) => ({
    first,
    memories,
    words,
    lengths: new Uint16Array(lengths.buffer, lengths.byteOffset, lengths.length / 2),
    postings(word) {
      const row = postings.get(first, word) as { postings: Uint8Array } | undefined;
      return row === undefined ? undefined : decodePostings(row.postings);
    },
    has: (word) => any.get(first, word) !== undefined,
  }));
}

/** The `seq`s of the segment's memories that still exist. */
function seqsIn(connection: Connection, { first, lengths }: Segment): Set<number> {
  const rows = connection
    .prepare('SELECT seq FROM memories WHERE seq BETWEEN ? AND ?')
    .all(first, first + lengths.length - 1) as unknown as { seq: number }[];
  return new Set(rows.map(({ seq }) => seq));
}

/**
 * Stores a segment, some rows per step. It becomes valid with the last step. Rows of an interrupted attempt are
 * overwritten, because the same memories give the same rows. A memory that another process deleted in the meantime is
 * not stored.
 */
export function* storeSegment(connection: Connection, segment: OpenSegment): Generator<void> {
  const vocabulary = segment.vocabulary().toSorted();
  const insert = connection.prepare(
    'INSERT OR REPLACE INTO word_postings (segment, word, postings) VALUES (?, ?, ?)',
  );
  let version: number | undefined;
  for (let start = 0; start < vocabulary.length; start += rowsAtOnce) {
    connection.transaction(() => {
      // data_version changes when another process has written to the database.
      const now = connection.pragma('data_version');
      if (now !== version) segment.retain(seqsIn(connection, segment));
      version = now;
      for (const word of vocabulary.slice(start, start + rowsAtOnce)) {
        const postings = segment.postings(word);
        if (postings !== undefined) insert.run(segment.first, word, encodePostings(postings));
      }
    });
    yield;
  }
  const { first, memories, words, lengths } = segment;
  connection.transaction(() =>
    connection
      .prepare('INSERT OR REPLACE INTO word_segments (first, memories, words, lengths) VALUES (?, ?, ?, ?)')
      .run(first, memories, words, new Uint8Array(lengths.buffer)),
  );
}
