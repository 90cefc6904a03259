import type { MemoryRow } from '../memory.ts';
import { words } from '../text.ts';
import { identifierParts } from './parts.ts';
import type { Postings } from './postings.ts';
import { stem } from './stem.ts';

/** How many consecutive `seq`s form a segment. Places have 16 bits, so at most 65,536. */
export const defaultSegmentSize = 32_768;

/** Gives the `seq` at place 0 of the segment of a memory. Deletions do not change it. */
export function firstOf(seq: number, segmentSize: number): number {
  return seq - ((seq - 1) % segmentSize);
}

/** The weights of a word in the title, in a tag and in the content. */
export const fieldWeights = { title: 4, tags: 3, content: 1 };

/** The words of consecutive memories, by word. */
export interface Segment {
  /** The `seq` at place 0. */
  readonly first: number;
  /** The number of memories in it, and of words in all of them. */
  readonly memories: number;
  readonly words: number;
  /** The number of words of the memory at each place. As long as the segment. */
  readonly lengths: Uint16Array;
  postings(word: string): Postings | undefined;
  has(word: string): boolean;
}

/** A segment in memory that memories are still added to. */
export interface OpenSegment extends Segment {
  /** Adds a memory. Its `seq` must belong to the segment and be higher than those added before. */
  add(row: Pick<MemoryRow, 'seq' | 'title' | 'tags' | 'content'>): void;
  vocabulary(): string[];
  /** Removes a deleted memory, which must be as it was added. */
  forget(row: MemoryRow): void;
  /** Removes every memory whose `seq` is not in the set. */
  retain(seqs: ReadonlySet<number>): void;
}

const longestLength = 65_535;
const heaviestWeight = 255;

function weigh(row: Pick<MemoryRow, 'title' | 'tags' | 'content'>): {
  weights: Map<string, number>;
  length: number;
} {
  const weights = new Map<string, number>();
  let length = 0;
  const count = (text: string, weight: number) => {
    const add = (word: string) => {
      const listed = stem(word);
      weights.set(listed, (weights.get(listed) ?? 0) + weight);
    };
    for (const word of words(text)) {
      length += 1;
      add(word);
    }
    for (const part of identifierParts(text)) words(part).forEach(add);
  };
  count(row.title ?? '', fieldWeights.title);
  count((JSON.parse(row.tags) as string[]).join(' '), fieldWeights.tags);
  count(row.content, fieldWeights.content);
  return { weights, length };
}

/** Gives the distinct words that a memory is indexed under. */
export function wordsOf(row: Pick<MemoryRow, 'title' | 'tags' | 'content'>): Iterable<string> {
  return weigh(row).weights.keys();
}

/** Makes an empty segment of `size` places. `first` is the `seq` at place 0. */
export function openSegment(first: number, size: number): OpenSegment {
  // Place and weight of each posting packed into one number: place * 256 + weight.
  const packed = new Map<string, number[]>();
  const lengths = new Uint16Array(size);
  let memories = 0;
  let total = 0;

  /** Keeps only the postings of a word that pass. */
  function filterPostings(word: string, passes: (place: number) => boolean): void {
    const list = packed.get(word);
    if (list === undefined) return;
    const kept = list.filter((posting) => passes(posting >>> 8));
    if (kept.length === 0) packed.delete(word);
    else if (kept.length < list.length) packed.set(word, kept);
  }

  return {
    first,
    lengths,
    get memories() {
      return memories;
    },
    get words() {
      return total;
    },
    add(row) {
      const place = row.seq - first;
      const { weights, length } = weigh(row);
      memories += 1;
      total += length;
      lengths[place] = Math.min(length, longestLength);
      for (const [word, weight] of weights) {
        const posting = place * 256 + Math.min(weight, heaviestWeight);
        const list = packed.get(word);
        if (list === undefined) packed.set(word, [posting]);
        else list.push(posting);
      }
    },
    postings(word) {
      const list = packed.get(word);
      if (list === undefined) return undefined;
      return { places: Uint16Array.from(list, (posting) => posting >>> 8), weights: Uint8Array.from(list) };
    },
    has: (word) => packed.has(word),
    vocabulary: () => [...packed.keys()],
    forget(row) {
      const gone = row.seq - first;
      for (const word of wordsOf(row)) filterPostings(word, (place) => place !== gone);
    },
    retain(seqs) {
      for (const word of [...packed.keys()]) filterPostings(word, (place) => seqs.has(first + place));
    },
  };
}
