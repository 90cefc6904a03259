import type { MemoryRow } from '../memory.ts';
import { words } from '../text.ts';
import { identifierParts } from './parts.ts';
import type { Postings } from './postings.ts';
import { stem } from './stem.ts';

/** How many consecutive `seq`s make a segment. Places are 16 bits wide: at most 65,536. */
export const defaultSegmentSize = 32_768;

/** The `seq` at place 0 of the segment that a memory belongs to. It never changes, whatever is deleted. */
export function firstOf(seq: number, segmentSize: number): number {
  return seq - ((seq - 1) % segmentSize);
}

/** How much a word in the title, in a tag and in the text counts. */
export const fieldWeights = { title: 4, tags: 3, content: 1 };

/** The words of consecutive memories, by word. */
export interface Segment {
  /** The `seq` at place 0. */
  readonly first: number;
  /** Memories in it, and words in all of them. */
  readonly memories: number;
  readonly words: number;
  /** How many words the memory at each place has. As long as the segment. */
  readonly lengths: Uint16Array;
  postings(word: string): Postings | undefined;
  has(word: string): boolean;
}

/** A segment in memory, to which memories are still added. */
export interface OpenSegment extends Segment {
  /** Adds a memory; its `seq` must be of the segment, and higher than those before. */
  add(row: Pick<MemoryRow, 'seq' | 'title' | 'tags' | 'content'>): void;
  vocabulary(): string[];
  /** Takes out a memory that was deleted, as it was added. */
  forget(row: MemoryRow): void;
  /** Takes out every memory whose `seq` is not among these. */
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

/** The distinct words that a memory is listed under. */
export function wordsOf(row: Pick<MemoryRow, 'title' | 'tags' | 'content'>): Iterable<string> {
  return weigh(row).weights.keys();
}

export function openSegment(first: number, size: number): OpenSegment {
  // Place and weight of each posting packed into one number: place * 256 + weight.
  const packed = new Map<string, number[]>();
  const lengths = new Uint16Array(size);
  let memories = 0;
  let total = 0;

  /** Keeps those of a word's postings that pass. */
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
