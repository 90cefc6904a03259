import { DatabaseSync } from 'node:sqlite';
import { type DatabasePages, openPages } from '../../../system/database-pages.ts';
import { type MemoryRow, memoryOf } from '../memory.ts';
import { migrate } from '../migrations.ts';
import type { ExportedMemory } from '../store.ts';
import { type Cell, cellsOf } from './cells.ts';

/** What a damaged store still has. */
export interface Salvage {
  /** Each readable memory; one that was moved while it was read may come twice. */
  memories(): Generator<ExportedMemory>;
  /** How many memories the indexes name, of which `memories` gave nothing. Valid after `memories`. */
  lost(): number;
  close(): void;
}

/** Gives the row of a cell with the shape of a memory: see the first migration. */
function rowOf({ rowid, values }: Cell, columns: readonly string[]): MemoryRow | undefined {
  if (rowid === undefined || values === undefined || values.length < 10 || values[0] !== null)
    return undefined;
  const row = Object.fromEntries(columns.map((name, at) => [name, values[at] ?? null]));
  const isMemory =
    typeof row.id === 'string' &&
    typeof row.content === 'string' &&
    typeof row.tags === 'string' &&
    row.tags.startsWith('[') &&
    Number.isInteger(row.created_at) &&
    Number.isInteger(row.updated_at);
  return isMemory ? ({ ...row, seq: rowid } as unknown as MemoryRow) : undefined;
}

/** Gives `undefined` when a field has been overwritten. */
function memoryIn(row: MemoryRow): ExportedMemory | undefined {
  try {
    return { ...memoryOf(row), origin: row.origin, originDigest: row.origin_digest };
  } catch {
    // Its tags are no JSON, or a time is none.
    return undefined;
  }
}

/**
 * The `seq` that an entry of an index names. It ends the indexes by time (time, seq) and by project (project, time,
 * seq), twice, because it is the rowid, too.
 */
function seqOf({ rowid, values }: Cell): number | undefined {
  if (rowid !== undefined || values === undefined || values.length < 3) return undefined;
  const [seq, again] = values.slice(-2);
  return typeof seq === 'number' && seq === again ? seq : undefined;
}

function* readMemories(
  pages: DatabasePages,
  columns: readonly string[],
  named: Set<number>,
  found: Set<number>,
): Generator<ExportedMemory> {
  for (let number = 2; number <= pages.count; number += 1) {
    for (const cell of cellsOf(pages, number)) {
      const seq = seqOf(cell);
      if (seq !== undefined) named.add(seq);
      const row = rowOf(cell, columns);
      if (row === undefined) continue;
      const memory = memoryIn(row);
      if (memory === undefined) continue;
      found.add(row.seq);
      yield memory;
    }
  }
}

/** The columns of the table of memories, in order. An earlier schema has fewer. */
function memoryColumnNames(): string[] {
  const db = new DatabaseSync(':memory:');
  try {
    migrate(db);
    return db
      .prepare('PRAGMA table_info(memories)')
      .all()
      .map(({ name }) => String(name));
  } finally {
    db.close();
  }
}

/**
 * Opens a damaged store, which must not be open in this process. Every page is looked at by itself, so a memory is found
 * whatever happened to other pages. Throws errors of the system.
 */
export function openSalvage(path: string): Salvage {
  const columns = memoryColumnNames();
  const pages = openPages(path);
  const [named, found] = [new Set<number>(), new Set<number>()];
  return {
    memories: () => readMemories(pages, columns, named, found),
    lost: () => [...named].filter((seq) => !found.has(seq)).length,
    close: pages.close,
  };
}
