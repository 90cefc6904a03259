import type { ImportedMemory, ImportOutcome } from './import.ts';
import type { Page } from './list.ts';
import type { Memory, MemoryChange, MemoryFilter, NewMemory } from './memory.ts';
import type { SearchHit, SearchOptions } from './search.ts';

/**
 * Memories on the disk. What writes returns when the disk has it; what reads makes no file.
 * Every method throws what SQLite throws: a full disk, a damaged file, a lock that another process keeps.
 */
export interface Store {
  add(memory: NewMemory): Memory;
  get(id: string): Memory | undefined;
  /** The memory as it is now, or undefined when there is none of that id. */
  update(id: string, change: MemoryChange): Memory | undefined;
  /** False when there is none of that id. What was there is in no file of the store when this returns; see maintenance.ts. */
  delete(id: string): boolean;
  /** Newest first. A cursor that is none of ours gives undefined. */
  list(filter: MemoryFilter, limit: number, cursor?: string): Page | undefined;
  /** Best first. */
  search(text: string, options: SearchOptions): SearchHit[];
  /** Stores all of them or none, and says of each what became of it. What is there already is left as it is. */
  import(memories: readonly ImportedMemory[]): ImportOutcome[];
  /** Every memory, in the order stored, with what it was imported from. What is written meanwhile may be among them. */
  export(): Generator<ExportedMemory>;
  counts(): StoreCounts;
  /** Writes something, unless a write of the last half minute proves as much. Makes nothing where nothing was stored. */
  proveWritable(): Proof;
  /** Resolves when nothing is left to do: the file is in order, and searches are as fast as they get. */
  settle(): Promise<void>;
  /** Opens a store that a killed process left and finishes what it had begun. Makes nothing where nothing was stored. */
  recover(): void;
  readonly schemaVersion: number;
  close(): void;
}

export interface ExportedMemory extends Memory {
  origin: string | null;
  originDigest: string | null;
}

export type Proof = { kind: 'never-used' } | { kind: 'proven'; lastWrite: number | null };

/** Null where nothing was opened yet, so that looking costs nothing. */
export interface StoreCounts {
  memories: number | null;
  /** Milliseconds since 1970. */
  lastWrite: number | null;
}
