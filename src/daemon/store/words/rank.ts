import { keepBest, type Ranked } from './best.ts';
import type { Postings } from './postings.ts';
import type { Segment } from './segment.ts';

// Memories are short and rarely repeat a word. So a second occurrence adds little, and length matters little. Measured
// with `npm run bench -- recall`. FTS5's bm25() uses 1.2 and 0.75, which cannot be changed.
const k1 = 0.9;
const b = 0.4;
const leastIdf = 1e-6;

/** When fewer than one place in this many has a score, only those places are visited. */
const scanFrom = 8;

/** Results beside single words: scores by `seq` from FTS5, and rows that must be excluded. */
export interface Extra {
  scores: ReadonlyMap<number, number>;
  unwanted: ReadonlySet<number>;
}

export interface RankOptions {
  extra: Extra;
  limit: number;
  /** Called for each memory with a sufficient score, before it is kept. Without it every memory is accepted. */
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

/** The weight of a word (inverse document frequency), from the number of memories that have it. */
function idf(memories: number, having: number): number {
  const value = Math.log((memories - having + 0.5) / (having + 0.5));
  return value > 0 ? value : leastIdf;
}

/** The length normalisation of BM25: `base + slope * length`. */
interface Norm {
  base: number;
  slope: number;
}

function scoreOf(worth: number, weight: number, norm: number): number {
  return (worth * (k1 + 1) * weight) / (weight + norm);
}

/** Adds the score of a word at each place that has it. */
function addScores(
  scores: Float64Array,
  lengths: Uint16Array,
  { places, weights }: Postings,
  worth: number,
  { base, slope }: Norm,
): void {
  for (let at = 0; at < places.length; at += 1) {
    const place = places[at] as number;
    const weight = weights[at] as number;
    const score = scoreOf(worth, weight, base + slope * (lengths[place] as number));
    scores[place] = (scores[place] as number) + score;
  }
}

/** The postings of each query word in a segment, `undefined` where the segment lacks the word. */
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

/** The words of a query, looked up in an index: what their scores are computed from. */
export interface Weighing {
  all: Lists[];
  worths: number[];
  norm: Norm;
}

/** Looks up words in the segments of an index. */
export function weigh(segments: readonly Segment[], words: readonly string[]): Weighing {
  const { memories, averageLength } = totalsOf(segments);
  const all = listsOf(segments, words);
  return {
    all,
    worths: worthsOf(all, words, memories),
    norm: { base: k1 * (1 - b), slope: (k1 * b) / averageLength },
  };
}

/** Removes and gives the entries of a list sorted by `seq` that are below `end`. */
function takeBelow(sorted: [seq: number, score: number][], end: number): [seq: number, score: number][] {
  const rest = sorted.findIndex(([seq]) => seq >= end);
  return sorted.splice(0, rest < 0 ? sorted.length : rest);
}

/**
 * Gives the best memories for any of the words, by exact BM25: every memory with one of the words is scored. It works
 * segment by segment, so that the scores fit in the processor's cache.
 */
export function rankWords({ all, worths, norm }: Weighing, options: RankOptions): Ranked[] {
  const { extra, limit, accept } = options;
  const extras = [...extra.scores].toSorted(([a], [b]) => a - b);
  const best = keepBest(limit);
  const scores = new Float64Array(Math.max(0, ...all.map(({ segment }) => segment.lengths.length)));

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
    // Scores are reset to 0, so that a place in two lists is considered once.
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

/** The place in a sorted list that has a value, or -1. */
function indexIn(sorted: Uint16Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === value ? from : -1;
}

/** Gives the scores of some memories, one for each word. Their sum is the score that `rankWords` gives. */
export function scoreWords({ all, worths, norm }: Weighing, seqs: Iterable<number>): Map<number, number[]> {
  const scores = new Map<number, number[]>();
  for (const seq of seqs) {
    const found = all.find(
      ({ segment }) => seq >= segment.first && seq < segment.first + segment.lengths.length,
    );
    if (found === undefined) continue;
    const place = seq - found.segment.first;
    const { base, slope } = norm;
    const length = found.segment.lengths[place] as number;
    const one = found.lists.map((postings, word) => {
      const at = postings === undefined ? -1 : indexIn(postings.places, place);
      if (postings === undefined || at < 0) return 0;
      return scoreOf(worths[word] as number, postings.weights[at] as number, base + slope * length);
    });
    scores.set(seq, one);
  }
  return scores;
}
