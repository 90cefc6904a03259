import { keepBest, type Ranked } from './best.ts';
import type { Postings } from './postings.ts';
import type { Segment } from './segment.ts';

// Memories are short and say a thing once. So a word that comes again adds little, and length matters little. Measured:
// `npm run bench -- recall`. FTS5's bm25() has 1.2 and 0.75, which cannot be set.
const k1 = 0.9;
const b = 0.4;
const leastIdf = 1e-6;

/** Where less than one place in so many has a score, those are looked at one by one. */
const scanFrom = 8;

/** What is ranked beside single words: scores by `seq` that were found elsewhere, and rows that must not come up. */
export interface Extra {
  scores: ReadonlyMap<number, number>;
  unwanted: ReadonlySet<number>;
}

export interface RankOptions {
  words: readonly string[];
  extra: Extra;
  limit: number;
  /** Asked of what is good enough, before it is kept. Without it everything is. */
  accept?: ((seq: number) => boolean) | undefined;
}

interface Totals {
  memories: number;
  averageLength: number;
}

function totalsOf(segments: readonly Segment[]): Totals {
  const memories = segments.reduce((sum, segment) => sum + segment.memories, 0);
  const words = segments.reduce((sum, segment) => sum + segment.words, 0);
  return { memories, averageLength: words / memories };
}

/** How much it says that a memory has a word, given how many of all have it. */
function idf(memories: number, having: number): number {
  const value = Math.log((memories - having + 0.5) / (having + 0.5));
  return value > 0 ? value : leastIdf;
}

/** What a weight is measured against at a length: `base + slope * length`. */
interface Norm {
  base: number;
  slope: number;
}

/** Adds what a word is worth to the score at each place that has it. */
function addScores(
  scores: Float64Array,
  lengths: Uint16Array,
  { places, weights }: Postings,
  worth: number,
  { base, slope }: Norm,
): void {
  const most = worth * (k1 + 1);
  for (let at = 0; at < places.length; at += 1) {
    const place = places[at] as number;
    const weight = weights[at] as number;
    const norm = base + slope * (lengths[place] as number);
    scores[place] = (scores[place] as number) + (most * weight) / (weight + norm);
  }
}

/** What a segment has for a query: the postings of each word, undefined where it has none. */
interface Lists {
  segment: Segment;
  lists: (Postings | undefined)[];
}

function listsOf(segments: readonly Segment[], words: readonly string[]): Lists[] {
  return segments.map((segment) => ({ segment, lists: words.map((word) => segment.postings(word)) }));
}

function worthsOf(all: readonly Lists[], words: readonly string[], memories: number): number[] {
  return words.map((_, word) => {
    const having = all.reduce((sum, { lists }) => sum + (lists[word]?.places.length ?? 0), 0);
    return idf(memories, having);
  });
}

/** Takes off the front of a list sorted by `seq` what is below `end`. */
function takeBelow(sorted: [seq: number, score: number][], end: number): [seq: number, score: number][] {
  const rest = sorted.findIndex(([seq]) => seq >= end);
  return sorted.splice(0, rest < 0 ? sorted.length : rest);
}

/**
 * The best memories for any of the words, by BM25, exactly: every memory that has one of them is scored.
 * Segment by segment, so that the scores stay in the processor's cache.
 */
export function rankWords(segments: readonly Segment[], options: RankOptions): Ranked[] {
  const { words, extra, limit, accept } = options;
  const { memories, averageLength } = totalsOf(segments);
  const norm = { base: k1 * (1 - b), slope: (k1 * b) / averageLength };
  const all = listsOf(segments, words);
  const worths = worthsOf(all, words, memories);
  const extras = [...extra.scores].toSorted(([a], [b]) => a - b);
  const best = keepBest(limit);
  const scores = new Float64Array(Math.max(0, ...segments.map(({ lengths }) => lengths.length)));

  function consider(seq: number, score: number): void {
    if (score === 0 || score < best.threshold()) return;
    if (extra.unwanted.has(seq) || accept?.(seq) === false) return;
    best.offer({ seq, score });
  }

  for (const { segment, lists } of all) {
    const { first, lengths } = segment;
    const others = takeBelow(extras, first + lengths.length);
    const present = lists.flatMap((postings, word) => (postings === undefined ? [] : [{ postings, word }]));
    for (const { postings, word } of present) {
      addScores(scores, lengths, postings, worths[word] as number, norm);
    }
    for (const [seq, score] of others) scores[seq - first] = (scores[seq - first] as number) + score;
    // Scores are 0 again afterwards, so that a place that is in two lists is considered once.
    const touched = present.reduce((sum, { postings }) => sum + postings.places.length, others.length);
    if (touched < lengths.length / scanFrom) {
      const places = others.map(([seq]) => seq - first);
      for (const list of [places, ...present.map(({ postings }) => postings.places)]) {
        for (const place of list) {
          consider(first + place, scores[place] as number);
          scores[place] = 0;
        }
      }
    } else {
      for (let place = 0; place < lengths.length; place += 1)
        consider(first + place, scores[place] as number);
      scores.fill(0);
    }
  }
  return best.list();
}
