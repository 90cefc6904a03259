import type { Connection } from '../connection.ts';
import { type MemoryRow, memoryColumns } from '../memory.ts';
import type { Ranked } from './best.ts';
import { type RankOptions, rankWords } from './rank.ts';
import { type OpenSegment, openSegment, type Segment, segmentOf, segmentSize } from './segment.ts';
import { storedSegments, storeSegment } from './stored.ts';

export type { Ranked } from './best.ts';
export { fieldWeights } from './segment.ts';

/** New memories that a search takes in by itself; more of them are taken in between searches. */
const takenInBySearch = 500;
/** Memories that are taken in at once between searches: about 5 ms. */
const takenInAtOnce = 250;

/**
 * Ranks memories by single words much faster than FTS5 when there are very many.
 * It follows the table `memories` by `seq` and by itself, when searches come; what is written needs to know nothing of it.
 * Whatever it keeps can be thrown away. Deleted memories stay in it: searches must not accept them.
 */
export interface WordIndex {
  /** Takes in what is new; false while that is too much, or as long as there are too few memories to be worth it. */
  ready(): boolean;
  /** The best of what it has taken in. */
  rank(options: RankOptions): Ranked[];
  /** Resolves when everything stored so far is taken in. */
  settle(): Promise<void>;
  stop(): void;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `onError` is told what went wrong between searches; they then go on without the index until it works again. */
export function createWordIndex(connection: Connection, onError: (error: unknown) => void): WordIndex {
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
    const added = storedSegments(connection, stored.at(-1)?.number ?? -1);
    stored.push(...added);
    const last = added.at(-1);
    if (last === undefined) return;
    open = open.filter(({ number }) => number > last.number);
    seen = Math.max(seen, (last.number + 1) * segmentSize - 1);
  }

  function newestSeq(): number {
    return (newest.get() as { seq: number | null }).seq ?? 0;
  }

  function takeIn(upTo: number, most: number): void {
    const rows = following.all(seen, upTo, most) as unknown as MemoryRow[];
    for (const row of rows) {
      const number = segmentOf(row.seq);
      let segment = open.at(-1);
      if (segment === undefined || segment.number !== number) {
        segment = openSegment(number);
        open.push(segment);
      }
      segment.add(row);
    }
    // Rows are committed in the order of their `seq`: what is not there now never will be.
    seen = rows.length < most ? upTo : (rows.at(-1)?.seq ?? upTo);
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
      const [first] = open;
      const last = newestSeq();
      if (first !== undefined && first.number < segmentOf(seen)) await storeComplete(first);
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
      if (last < segmentSize) return false;
      if (last - seen <= takenInBySearch) takeIn(last, takenInBySearch);
      if (seen < last || open.length > 1) void work();
      return seen >= last;
    },
    rank: (options) => rankWords([...stored, ...open], options),
    settle: work,
    stop() {
      stopped = true;
    },
  };
}
