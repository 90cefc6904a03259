import type { Connection } from '../connection.ts';
import { type MemoryRow, memoryColumns } from '../memory.ts';
import { firstOf, type OpenSegment, openSegment, type Segment } from './segment.ts';
import { storedSegments } from './stored.ts';

/** The first `seq` after a segment. 0 without a segment. */
function endOf(segment: Segment | undefined): number {
  return segment === undefined ? 0 : segment.first + segment.lengths.length;
}

/** The memories that are in the index, as segments: those stored on disk, then those in memory only. */
export class IndexedMemories {
  readonly #connection: Connection;
  readonly #segmentSize: number;
  readonly #newest: ReturnType<Connection['prepare']>;
  readonly #following: ReturnType<Connection['prepare']>;
  readonly #stored: Segment[] = [];
  /** Segments in memory that are not stored yet. All but the last are complete. */
  #open: OpenSegment[] = [];
  /** The highest `seq` that is indexed. */
  #seen = 0;

  constructor(connection: Connection, segmentSize: number) {
    this.#connection = connection;
    this.#segmentSize = segmentSize;
    this.#newest = connection.prepare('SELECT max(seq) AS seq FROM memories');
    this.#following = connection.prepare(
      `SELECT ${memoryColumns} FROM memories m WHERE m.seq > ? AND m.seq <= ? ORDER BY m.seq LIMIT ?`,
    );
    this.loadStored();
  }

  get segments(): readonly Segment[] {
    return [...this.#stored, ...this.#open];
  }

  /** At most how many memories of the store are not indexed yet. Asks the database. */
  missing(): number {
    return Math.max(0, this.#newestSeq() - this.#seen);
  }

  /** Adds the next memories of the store, at most as many as given. */
  add(most: number): void {
    const upTo = this.#newestSeq();
    const rows = this.#following.all(this.#seen, upTo, most) as unknown as MemoryRow[];
    for (const row of rows) {
      let segment = this.#open.at(-1);
      if (segment === undefined || row.seq >= endOf(segment)) {
        segment = openSegment(firstOf(row.seq, this.#segmentSize), this.#segmentSize);
        this.#open.push(segment);
      }
      segment.add(row);
    }
    // Rows are committed in the order of their `seq`, so a missing `seq` will not appear later.
    this.#seen = rows.length < most ? upTo : (rows.at(-1)?.seq ?? upTo);
  }

  /** The first segment that is complete and not stored yet. */
  complete(): OpenSegment | undefined {
    const [first] = this.#open;
    return first !== undefined && this.#seen >= endOf(first) - 1 ? first : undefined;
  }

  /** Reads the segments that were stored since, and drops them from memory. */
  loadStored(): void {
    this.#stored.push(...storedSegments(this.#connection, endOf(this.#stored.at(-1))));
    const end = endOf(this.#stored.at(-1));
    this.#open = this.#open.filter(({ first }) => first >= end);
    this.#seen = Math.max(this.#seen, end - 1);
  }

  /** Removes deleted memories from the segments in memory. */
  forget(rows: readonly MemoryRow[]): void {
    for (const row of rows) {
      if (row.seq > this.#seen) continue;
      this.#open.find((segment) => row.seq >= segment.first && row.seq < endOf(segment))?.forget(row);
    }
  }

  #newestSeq(): number {
    return (this.#newest.get() as { seq: number | null }).seq ?? 0;
  }
}
