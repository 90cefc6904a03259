import type { Connection } from './connection.ts';
import { conditionsOf } from './filter.ts';
import { type Memory, type MemoryFilter, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { ftsExpression, parseQuery } from './query.ts';
import { snippetOf } from './snippet.ts';

/** How much a word in the title, in a tag and in the text counts. */
const weights = '4.0, 3.0, 1.0';

/** So many of the best are looked at again when their age counts too. */
const reranked = 200;

const dayMs = 86_400_000;

export interface SearchOptions {
  filter: MemoryFilter;
  limit: number;
  /** A memory of this age counts half; without it age does not count. */
  halfLifeDays?: number | undefined;
}

export interface Found extends Omit<Memory, 'content'> {
  /** The whole text when it is short, else the part that answers best. */
  snippet: string;
  whole: boolean;
  /** BM25; higher is better, comparable within one answer only. */
  score: number;
}

interface Ranked {
  seq: number;
  score: number;
}

/** The best rows for an FTS5 expression, best first; of equals the newer. */
function rank(connection: Connection, expression: string, filter: MemoryFilter, limit: number): Ranked[] {
  const { sql, values } = conditionsOf(filter);
  const join = sql.length === 0 ? '' : 'CROSS JOIN memories m ON m.seq = memory_words.rowid';
  const where = ['memory_words MATCH ?', ...sql].join(' AND ');
  return connection
    .prepare(
      `SELECT memory_words.rowid AS seq, -bm25(memory_words, ${weights}) AS score
       FROM memory_words ${join} WHERE ${where} ORDER BY score DESC, seq DESC LIMIT ?`,
    )
    .all(expression, ...values, limit) as unknown as Ranked[];
}

function rowsOf(connection: Connection, ranked: readonly Ranked[]): (Ranked & { row: MemoryRow })[] {
  const statement = connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq = ?`);
  return ranked.map((one) => ({ ...one, row: statement.get(one.seq) as unknown as MemoryRow }));
}

/** Searches for what a person typed; see parseQuery. `now` is milliseconds since 1970. */
export function searchMemories(
  connection: Connection,
  text: string,
  { filter, limit, halfLifeDays }: SearchOptions,
  now: number,
): Found[] {
  const { wanted, unwanted } = parseQuery(text);
  if (wanted.length === 0) return [];
  const looked = halfLifeDays === undefined ? limit : Math.max(limit, reranked);
  const ranked = rank(connection, ftsExpression(wanted, unwanted), filter, looked);
  const rows = rowsOf(connection, ranked);
  if (halfLifeDays !== undefined) {
    for (const one of rows) {
      const age = Math.max(0, now - one.row.created_at);
      one.score *= 0.5 ** (age / (halfLifeDays * dayMs));
    }
    rows.sort((a, b) => b.score - a.score || b.seq - a.seq);
  }
  return rows.slice(0, limit).map(({ row, score }) => {
    const { content, ...memory } = memoryOf(row);
    const snippet = snippetOf(content, wanted);
    return { ...memory, snippet: snippet.text, whole: snippet.whole, score: Number(score.toPrecision(6)) };
  });
}
