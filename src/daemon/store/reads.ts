import type { Connection } from './connection.ts';
import { listMemories, parseCursor } from './list.ts';
import { isExpired, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { findRow, lastWrite } from './rows.ts';
import { searchMemories } from './search.ts';
import { similarMemories } from './similar.ts';
import type { ExportedMemory, Store } from './store.ts';
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

/** Every memory that has not expired, in the order they were stored. */
function* exportAll(db: Connection, now: () => number): Generator<ExportedMemory> {
  // Page by page: an open statement would keep the log from being folded into the database.
  const page = db.prepare(
    `SELECT ${memoryColumns} FROM memories m WHERE m.seq > ? ORDER BY m.seq LIMIT ${exportPage}`,
  );
  let rows: MemoryRow[] = [];
  do {
    rows = page.all(rows.at(-1)?.seq ?? 0) as unknown as MemoryRow[];
    for (const row of rows.filter((one) => !isExpired(one, now()))) {
      yield { ...memoryOf(row), origin: row.origin, originDigest: row.origin_digest };
    }
  } while (rows.length === exportPage);
}

/** The operations of a store that change nothing. */
export function createReads(
  context: ReadContext,
): Pick<
  Store,
  'get' | 'list' | 'search' | 'similar' | 'count' | 'tags' | 'projects' | 'stats' | 'export' | 'counts'
> {
  const { indexOf, now } = context;

  /** Gives `empty` where nothing was ever stored. */
  function inStore<T>(empty: T, read: (db: Connection) => T): T {
    const db = context.reading();
    return db === undefined ? empty : read(db);
  }

  return {
    get(id) {
      const row = inStore(undefined, (db) => findRow(db, id));
      return row === undefined || isExpired(row, now()) ? undefined : memoryOf(row);
    },

    list(filter, limit, cursor) {
      const from = cursor === undefined ? undefined : parseCursor(cursor);
      if (cursor !== undefined && from === undefined) return undefined;
      return inStore({ memories: [] }, (db) => listMemories(db, { filter, now: now() }, limit, from));
    },

    search: (text, options) => inStore([], (db) => searchMemories(db, indexOf(db), text, options, now())),
    similar: (memory) => inStore([], (db) => similarMemories(db, indexOf(db), memory, now())),
    count: (filter) => inStore(0, (db) => countMemories(db, { filter, now: now() })),
    tags: (filter, limit) => inStore([], (db) => countTags(db, { filter, now: now() }, limit)),
    projects: (limit) => inStore([], (db) => countProjects(db, now(), limit)),
    stats: () => inStore(emptyStats, (db) => summarise(db, now())),

    *export() {
      const db = context.reading();
      if (db !== undefined) yield* exportAll(db, now);
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
