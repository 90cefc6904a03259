import type { Connection } from './connection.ts';
import { acceptorOf, conditionsOf } from './filter.ts';
import { type Memory, type MemoryFilter, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { ftsExpression, ftsTerm, parseQuery, type Query, type Term } from './query.ts';
import { snippetOf } from './snippet.ts';
import { fieldWeights, type Ranked, type WordIndex } from './words/index.ts';

const score = `-bm25(memory_words, ${fieldWeights.title}, ${fieldWeights.tags}, ${fieldWeights.content})`;

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

/** The best for a query, by FTS5: every match is ranked, which takes its time when there are very many. */
function rankByFts(connection: Connection, query: Query, filter: MemoryFilter, limit: number): Ranked[] {
  const { sql, values } = conditionsOf(filter);
  const join = sql.length === 0 ? '' : 'CROSS JOIN memories m ON m.seq = memory_words.rowid';
  const where = ['memory_words MATCH ?', ...sql].join(' AND ');
  return connection
    .prepare(
      `SELECT memory_words.rowid AS seq, ${score} AS score
       FROM memory_words ${join} WHERE ${where} ORDER BY score DESC, seq DESC LIMIT ?`,
    )
    .all(ftsExpression(query), ...values, limit) as unknown as Ranked[];
}

function isWord(term: Term): boolean {
  return term.words.length === 1 && !term.prefix;
}

/** The same by the word index; phrases and beginnings by FTS5, one by one. */
function rankByIndex(
  connection: Connection,
  index: WordIndex,
  { wanted, unwanted }: Query,
  filter: MemoryFilter,
  limit: number,
): Ranked[] {
  const wordsOf = (terms: readonly Term[]) => terms.filter(isWord).flatMap((term) => term.words);
  const scored = connection.prepare(
    `SELECT rowid AS seq, ${score} AS score FROM memory_words WHERE memory_words MATCH ?`,
  );
  const matching = connection.prepare('SELECT rowid AS seq FROM memory_words WHERE memory_words MATCH ?');
  const scores = new Map<number, number>();
  for (const term of wanted.filter((one) => !isWord(one))) {
    for (const one of scored.all(ftsTerm(term)) as unknown as Ranked[]) {
      scores.set(one.seq, (scores.get(one.seq) ?? 0) + one.score);
    }
  }
  const hidden = unwanted.filter((one) => !isWord(one)).flatMap((term) => matching.all(ftsTerm(term)));
  return index.rank({
    words: wordsOf(wanted),
    unwantedWords: wordsOf(unwanted),
    extra: { scores, unwanted: new Set(hidden.map((row) => row.seq as number)) },
    limit,
    accept: acceptorOf(connection, filter),
  });
}

function rowsOf(connection: Connection, ranked: readonly Ranked[]): (Ranked & { row: MemoryRow })[] {
  const statement = connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq = ?`);
  return ranked.map((one) => ({ ...one, row: statement.get(one.seq) as unknown as MemoryRow }));
}

/** Searches for what a person typed; see parseQuery. `now` is milliseconds since 1970. */
export function searchMemories(
  connection: Connection,
  index: WordIndex,
  text: string,
  { filter, limit, halfLifeDays }: SearchOptions,
  now: number,
): Found[] {
  const query = parseQuery(text);
  if (query.wanted.length === 0) return [];
  const looked = halfLifeDays === undefined ? limit : Math.max(limit, reranked);
  const ranked = index.ready()
    ? rankByIndex(connection, index, query, filter, looked)
    : rankByFts(connection, query, filter, looked);
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
    const snippet = snippetOf(content, query.wanted);
    return { ...memory, snippet: snippet.text, whole: snippet.whole, score: Number(score.toPrecision(6)) };
  });
}
