import type { Connection } from './connection.ts';
import { listMemories, parseCursor } from './list.ts';
import { type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { findRow, lastWrite } from './rows.ts';
import { searchMemories } from './search.ts';
import type { Store } from './store.ts';
import type { WordIndex } from './words/index.ts';

/** What reading a store needs. */
export interface ReadContext {
  /** The database; undefined while there is none. Opens it, creates nothing. */
  reading(): Connection | undefined;
  isOpen(): boolean;
  indexOf(connection: Connection): WordIndex;
  rewriteProblem(): string | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

const exportPage = 500;

/** The operations of a store that change nothing. */
export function createReads(
  context: ReadContext,
): Pick<Store, 'get' | 'list' | 'search' | 'export' | 'counts'> {
  return {
    get(id) {
      const db = context.reading();
      const row = db === undefined ? undefined : findRow(db, id);
      return row === undefined ? undefined : memoryOf(row);
    },

    list(filter, limit, cursor) {
      const from = cursor === undefined ? undefined : parseCursor(cursor);
      if (cursor !== undefined && from === undefined) return undefined;
      const db = context.reading();
      return db === undefined ? { memories: [] } : listMemories(db, filter, limit, from);
    },

    search(text, options) {
      const db = context.reading();
      return db === undefined ? [] : searchMemories(db, context.indexOf(db), text, options, context.now());
    },

    *export() {
      const db = context.reading();
      if (db === undefined) return;
      // Page by page: an open statement would keep the log from being folded into the database.
      const page = db.prepare(
        `SELECT ${memoryColumns} FROM memories m WHERE m.seq > ? ORDER BY m.seq LIMIT ${exportPage}`,
      );
      let rows: MemoryRow[] = [];
      do {
        rows = page.all(rows.at(-1)?.seq ?? 0) as unknown as MemoryRow[];
        for (const row of rows) {
          yield { ...memoryOf(row), origin: row.origin, originDigest: row.origin_digest };
        }
      } while (rows.length === exportPage);
    },

    counts() {
      const db = context.isOpen() ? context.reading() : undefined;
      if (db === undefined) return { memories: null, lastWrite: null, rewriteProblem: null };
      const { n } = db.prepare('SELECT count(*) AS n FROM memories').get() as { n: number };
      const rewriteProblem = context.rewriteProblem() ?? null;
      return { memories: n, lastWrite: lastWrite(db, 'memory') ?? null, rewriteProblem };
    },
  };
}
