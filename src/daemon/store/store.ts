import type { StoreProblem } from '../../service/store-problem.ts';
import type { ImportedMemory, ImportOutcome } from './import.ts';
import type { Page } from './list.ts';
import type { Memory, MemoryChange, MemoryFilter, NewMemory } from './memory.ts';
import type { SearchHit, SearchOptions } from './search.ts';
import type { Similar } from './similar.ts';
import type { ProjectCount, StoreStats, TagCount } from './summary.ts';

/**
 * The memories on disk. Writing methods return when the data is on disk. Reading methods create no file. Every method
 * throws the errors of SQLite: a full disk, a damaged file, a lock of another process.
 */
export interface Store {
  add(memory: NewMemory): Memory;
  /**
   * Stores all of them or none, in the given order. With `skip`, a memory is not stored when the same text is already
   * stored in its project.
   */
  addAll(memories: readonly NewMemory[], duplicates: 'keep' | 'skip'): Added[];
  get(id: string): Memory | undefined;
  /** Gives the changed memory, or `undefined` when there is none with that id. */
  update(id: string, change: MemoryChange): Memory | undefined;
  /**
   * Gives false when there is none with that id. When it returns, the text is deleted from the files of the store; see
   * maintenance.ts.
   */
  delete(id: string): boolean;
  /** Deletes all of them or none, and gives the ids of those that there were. */
  deleteAll(ids: readonly string[]): string[];
  /** Newest first. Gives `undefined` for an invalid cursor. */
  list(filter: MemoryFilter, limit: number, cursor?: string): Page | undefined;
  /** Best first. */
  search(text: string, options: SearchOptions): SearchHit[];
  /** Gives the memories that say nearly the same as a new one, most similar first. */
  similar(memory: NewMemory): Similar[];
  /** Counts the memories that pass a filter. */
  count(filter: MemoryFilter): number;
  /** Gives the most frequent tags of the memories that pass a filter. */
  tags(filter: MemoryFilter, limit: number): TagCount[];
  /** Gives the projects, the one with the newest memory first. */
  projects(limit: number): ProjectCount[];
  stats(): StoreStats;
  /** Stores all of them or none, and gives the outcome of each. A memory that has not changed is left as it is. */
  import(memories: readonly ImportedMemory[]): ImportOutcome[];
  /** Gives every memory in the order they were stored, with its origin. Memories written meanwhile may be included. */
  export(): Generator<ExportedMemory>;
  counts(): StoreCounts;
  /**
   * Checks that the store can be written: writes a value, unless the last write is less than 30 s old. Creates nothing
   * where nothing was stored.
   */
  proveWritable(): Proof;
  /** Resolves when the maintenance is done and the word index is complete. */
  settle(): Promise<void>;
  /** Opens a store that a killed process left, and finishes its tasks. Creates nothing where nothing was stored. */
  recover(): void;
  /** Why memories cannot be read or stored; `undefined` when nothing is known to be wrong. Opens nothing. */
  problem(): StoreProblem | undefined;
  readonly schemaVersion: number;
  close(): void;
}

export interface Added {
  memory: Memory;
  /** False when the same text was already stored: `memory` is that one. */
  stored: boolean;
}

export interface ExportedMemory extends Memory {
  origin: string | null;
  originDigest: string | null;
}

export type Proof = { kind: 'never-used' } | { kind: 'proven'; lastWrite: number | null };

/** The values are null when the store is not open, because reading them must not open it. */
export interface StoreCounts {
  memories: number | null;
  /** Milliseconds since 1970. */
  lastWrite: number | null;
  /** Why copies of deleted text cannot be removed from the file at present. */
  rewriteProblem: string | null;
}
