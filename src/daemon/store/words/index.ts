import { nextTurn } from '../../next-turn.ts';
import type { Connection } from '../connection.ts';
import type { MemoryRow } from '../memory.ts';
import { IndexedMemories } from './indexed.ts';
import { type Weighing, weigh } from './rank.ts';
import type { OpenSegment } from './segment.ts';
import { storeSegment } from './stored.ts';

export type { Ranked } from './best.ts';
export { forgetStored } from './forget.ts';
export { type RankOptions, rankWords, scoreWords, type Weighing } from './rank.ts';
export { defaultSegmentSize, fieldWeights } from './segment.ts';
export { stem } from './stem.ts';

/**
 * How many new memories a search adds to the index itself, in about 0.1 s. With more, they are added between searches.
 */
const addedBySearch = 4_000;
/** How many memories are added in one step between searches, which takes about 5 ms. */
const addedAtOnce = 250;

/**
 * Ranks memories by single words, much faster than FTS5 when there are very many. It reads new rows of the table
 * `memories` by `seq` when a search comes, so writers need not update it. It can be rebuilt at any time. A memory that
 * another process deleted stays in it until its segment is stored, so searches must not accept such a memory.
 */
export interface WordIndex {
  /** Adds new memories. Gives false while there are too many to add now. */
  ready(): boolean;
  /** Looks up words, for `rankWords` and `scoreWords`. The result holds until the next change of the store. */
  weigh(words: readonly string[]): Weighing;
  /** Whether an indexed memory has a word, given by its stem. */
  has(word: string): boolean;
  /** Resolves when every memory stored so far is indexed. */
  settle(): Promise<void>;
  /** Removes deleted memories from the index in memory. `forgetStored` removes them from the disk. */
  forget(rows: readonly MemoryRow[]): void;
  stop(): void;
}

/**
 * Makes the word index of a store. With fewer than `segmentSize` memories it is in memory only. `onError` is called
 * with errors that happen between searches. Searches work without the index until it works again.
 */
export function createWordIndex(
  connection: Connection,
  segmentSize: number,
  onError: (error: unknown) => void,
): WordIndex {
  const indexed = new IndexedMemories(connection, segmentSize);
  let working: Promise<void> | undefined;
  let stopped = false;

  async function store(segment: OpenSegment): Promise<void> {
    for (const _ of storeSegment(connection, segment)) {
      await nextTurn();
      if (stopped) return;
    }
    indexed.loadStored();
  }

  async function catchUp(): Promise<void> {
    while (!stopped) {
      const complete = indexed.complete();
      if (complete !== undefined) await store(complete);
      else if (indexed.missing() > 0) indexed.add(addedAtOnce);
      else return;
      await nextTurn();
    }
  }

  function work(): Promise<void> {
    working ??= catchUp()
      .catch(onError)
      .finally(() => {
        working = undefined;
      });
    return working;
  }

  return {
    ready() {
      let missing = indexed.missing();
      if (missing > 0 && missing <= addedBySearch) {
        indexed.add(addedBySearch);
        missing = 0;
      }
      if (missing > 0 || indexed.complete() !== undefined) void work();
      return missing === 0;
    },
    weigh: (words) => weigh(indexed.segments, words),
    has: (word) => indexed.segments.some((segment) => segment.has(word)),
    settle: work,
    forget: (rows) => indexed.forget(rows),
    stop() {
      stopped = true;
    },
  };
}
