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

/** New memories that a search takes in by itself, some 0.1 s of them; more are taken in between searches. */
const takenInBySearch = 4_000;
/** Memories that are taken in at once between searches: about 5 ms. */
const takenInAtOnce = 250;

/**
 * Ranks memories by single words much faster than FTS5 when there are very many.
 * It follows the table `memories` by `seq` and by itself, when searches come; what is written needs to know nothing of it.
 * Whatever it keeps can be thrown away. What another process deleted stays in it until the segment is stored:
 * searches must not accept it.
 */
export interface WordIndex {
  /** Takes in what is new; false while that is too much. */
  ready(): boolean;
  /** The best of what it has taken in. */
  rank(options: RankOptions): Ranked[];
  /** Whether any of what it has taken in has a word, as it is listed: by its stem. */
  has(word: string): boolean;
  /** Resolves when everything stored so far is taken in. */
  settle(): Promise<void>;
  /** Takes deleted memories out of what is in memory; `forgetStored` does it for what is on the disk. */
  forget(rows: readonly MemoryRow[]): void;
  stop(): void;
}

/** The first `seq` behind a segment; 0 without one. */
function endOf(segment: Segment | undefined): number {
  return segment === undefined ? 0 : segment.first + segment.lengths.length;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The word index of a store. Below `segmentSize` memories it is in memory only.
 * `onError` is told what went wrong between searches; they then go on without the index until it works again.
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
  /** In memory, not yet stored; all but the last are complete. */
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
    // Rows are committed in the order of their `seq`: what is not there now never will be.
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
