import type { Connection } from '../connection.ts';
import type { MemoryRow } from '../memory.ts';
import { decodePostings, encodePostings, type Postings } from './postings.ts';
import { firstOf, wordsOf } from './segment.ts';

/** Gives postings without the given places. */
export function withoutPlaces({ places, weights }: Postings, gone: ReadonlySet<number>): Postings {
  const kept = [...places.keys()].filter((at) => !gone.has(places[at] as number));
  return {
    places: Uint16Array.from(kept, (at) => places[at] as number),
    weights: Uint8Array.from(kept, (at) => weights[at] as number),
  };
}

/** The places to remove, by segment and word. */
function gonePlaces(rows: readonly MemoryRow[], segmentSize: number): Map<number, Map<string, Set<number>>> {
  const segments = new Map<number, Map<string, Set<number>>>();
  for (const row of rows) {
    const first = firstOf(row.seq, segmentSize);
    const words = segments.get(first) ?? new Map<string, Set<number>>();
    segments.set(first, words);
    for (const word of wordsOf(row)) {
      const places = words.get(word) ?? new Set();
      words.set(word, places.add(row.seq - first));
    }
  }
  return segments;
}

/**
 * Removes deleted memories from the stored word lists, also from a partly stored segment. Must run inside the
 * transaction that deletes the memories.
 */
export function forgetStored(connection: Connection, rows: readonly MemoryRow[], segmentSize: number): void {
  const any = connection.prepare('SELECT 1 FROM word_postings WHERE segment = ? LIMIT 1');
  const read = connection.prepare('SELECT postings FROM word_postings WHERE segment = ? AND word = ?');
  const write = connection.prepare('UPDATE word_postings SET postings = ? WHERE segment = ? AND word = ?');
  const remove = connection.prepare('DELETE FROM word_postings WHERE segment = ? AND word = ?');
  for (const [first, words] of gonePlaces(rows, segmentSize)) {
    if (any.get(first) === undefined) continue;
    for (const [word, gone] of words) {
      const row = read.get(first, word) as { postings: Uint8Array } | undefined;
      if (row === undefined) continue;
      const left = withoutPlaces(decodePostings(row.postings), gone);
      if (left.places.length === 0) remove.run(first, word);
      else write.run(encodePostings(left), first, word);
    }
  }
}
