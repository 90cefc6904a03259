import type { Connection } from '../connection.ts';
import { type MemoryRow, memoryColumns } from '../memory.ts';
import type { Ranked } from './best.ts';
import { type RankOptions, rankWords } from './rank.ts';
import { firstOf, type OpenSegment, openSegment, type Segment } from './segment.ts';
import { storedSegments, storeSegment } from './stored.ts';

export type { Ranked } from './best.ts';
export { forgetStored } from './forget.ts';
export type { RankOptions } from './rank.ts';
export { defaultSegmentSize, fieldWeights } from './segment.ts';
export { stem } from './stem.ts';

/**
 * How many new memories a search adds to the index itself, in about 0.1 s. With more, they are added between searches.
 */
const takenInBySearch = 4_000;
/** How many memories are added in one step between searches, which takes about 5 ms. */
const takenInAtOnce = 250;

/**
 * Ranks memories by single words, much faster than FTS5 when there are very many. It reads new rows of the table
 * `memories` by `seq` when a search comes, so writers need not update it. It can be rebuilt at any time. A memory that
 * another process deleted stays in it until its segment is stored, so searches must not accept such a memory.
 */
export interface WordIndex {
  /** Adds new memories. Gives false while there are too many to add now. */
  ready(): boolean;
  /** Gives the best of the indexed memories. */
  rank(options: RankOptions): Ranked[];
  /** Whether an indexed memory has a word, given by its stem. */
  has(word: string): boolean;
  /** Resolves when every memory stored so far is indexed. */
  settle(): Promise<void>;
  /** Removes deleted memories from the index in memory. `forgetStored` removes them from the disk. */
  forget(rows: readonly MemoryRow[]): void;
  stop(): void;
}

/** The first `seq` after a segment. 0 without a segment. */
function endOf(segment: Segment | undefined): number {
  return segment === undefined ? 0 : segment.first + segment.lengths.length;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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
  const newest = connection.prepare('SELECT max(seq) AS seq FROM memories');
  const following = connection.prepare(
    `SELECT ${memoryColumns} FROM memories m WHERE m.seq > ? AND m.seq <= ? ORDER BY m.seq LIMIT ?`,
  );
  const stored: Segment[] = [];
  /** Segments in memory that are not stored yet. All but the last are complete. */
  let open: OpenSegment[] = [];
  let seen = 0;
  let working: Promise<void> | undefined;
  let stopped = false;

  function loadStored(): void {
    stored.push(...storedSegments(connection, endOf(stored.at(-1))));
    const end = endOf(stored.at(-1));
    open = open.filter(({ first }) => first >= end);
    seen = Math.max(seen, end - 1);
  }

  function newestSeq(): number {
    return (newest.get() as { seq: number | null }).seq ?? 0;
  }

  function takeIn(upTo: number, most: number): void {
    const rows = following.all(seen, upTo, most) as unknown as MemoryRow[];
    for (const row of rows) {
      let segment = open.at(-1);
      if (segment === undefined || row.seq >= endOf(segment)) {
        segment = openSegment(firstOf(row.seq, segmentSize), segmentSize);
        open.push(segment);
      }
      segment.add(row);
    }
    // Rows are committed in the order of their `seq`, so a missing `seq` will not appear later.
    seen = rows.length < most ? upTo : (rows.at(-1)?.seq ?? upTo);
  }

  function completeSegment(): OpenSegment | undefined {
    const [first] = open;
    return first !== undefined && seen >= endOf(first) - 1 ? first : undefined;
  }

  async function storeComplete(segment: OpenSegment): Promise<void> {
    for (const _ of storeSegment(connection, segment)) {
      await nextTurn();
      if (stopped) return;
    }
    loadStored();
  }

  async function catchUp(): Promise<void> {
    while (!stopped) {
      const complete = completeSegment();
      const last = newestSeq();
      if (complete !== undefined) await storeComplete(complete);
      else if (seen < last) takeIn(last, takenInAtOnce);
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

  loadStored();
  return {
    ready() {
      const last = newestSeq();
      if (last - seen <= takenInBySearch) takeIn(last, takenInBySearch);
      if (seen < last || completeSegment() !== undefined) void work();
      return seen >= last;
    },
    rank: (options) => rankWords([...stored, ...open], options),
    has: (word) => stored.some((segment) => segment.has(word)) || open.some((segment) => segment.has(word)),
    settle: work,
    forget(rows) {
      for (const row of rows) {
        if (row.seq > seen) continue;
        open.find((segment) => row.seq >= segment.first && row.seq < endOf(segment))?.forget(row);
      }
    },
    stop() {
      stopped = true;
    },
  };
}
