import type { Connection } from './connection.ts';
import { listMemories, parseCursor } from './list.ts';
import { isExpired, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { findRow, lastWrite } from './rows.ts';
import { searchMemories } from './search.ts';
import { similarMemories } from './similar.ts';
import type { Store } from './store.ts';
import { countMemories, countProjects, countTags, emptyStats, summarise } from './summary.ts';
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
): Pick<
  Store,
  'get' | 'list' | 'search' | 'similar' | 'count' | 'tags' | 'projects' | 'stats' | 'export' | 'counts'
> {
  return {
    get(id) {
      const db = context.reading();
      const row = db === undefined ? undefined : findRow(db, id);
      return row === undefined || isExpired(row, context.now()) ? undefined : memoryOf(row);
    },

    list(filter, limit, cursor) {
      const from = cursor === undefined ? undefined : parseCursor(cursor);
      if (cursor !== undefined && from === undefined) return undefined;
      const db = context.reading();
      return db === undefined
        ? { memories: [] }
        : listMemories(db, { filter, now: context.now() }, limit, from);
    },

    search(text, options) {
      const db = context.reading();
      return db === undefined ? [] : searchMemories(db, context.indexOf(db), text, options, context.now());
    },

    similar(memory) {
      const db = context.reading();
      return db === undefined ? [] : similarMemories(db, context.indexOf(db), memory, context.now());
    },

    count(filter) {
      const db = context.reading();
      return db === undefined ? 0 : countMemories(db, { filter, now: context.now() });
    },

    tags(filter, limit) {
      const db = context.reading();
      return db === undefined ? [] : countTags(db, { filter, now: context.now() }, limit);
    },

    projects(limit) {
      const db = context.reading();
      return db === undefined ? [] : countProjects(db, context.now(), limit);
    },

    stats() {
      const db = context.reading();
      return db === undefined ? emptyStats : summarise(db, context.now());
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
        for (const row of rows.filter((one) => !isExpired(one, context.now()))) {
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
