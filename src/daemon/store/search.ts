import type { Connection } from './connection.ts';
import { expandQuery } from './expand.ts';
import { type Memory, type MemoryFilter, type MemoryRow, memoryColumns, memoryOf } from './memory.ts';
import { parseQuery } from './query.ts';
import { rankMemories } from './ranking.ts';
import { snippetOf } from './snippet.ts';
import type { Ranked, WordIndex } from './words/index.ts';

/** How many of the best matches are ranked again when age counts. */
const reranked = 200;

const dayMs = 86_400_000;

export interface SearchOptions {
  filter: MemoryFilter;
  limit: number;
  /** The age at which a memory's score is halved. Without it, age does not count. */
  halfLifeDays?: number | undefined;
}

export interface SearchHit extends Omit<Memory, 'content'> {
  /** The whole text when it is short, else the best matching part. */
  snippet: string;
  whole: boolean;
  /** The BM25 score. Higher is better. Scores are comparable within one answer only. */
  score: number;
}

function rowsOf(connection: Connection, ranked: readonly Ranked[]): (Ranked & { row: MemoryRow })[] {
  const statement = connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq = ?`);
  return ranked.map((one) => ({ ...one, row: statement.get(one.seq) as unknown as MemoryRow }));
}

/**
 * Searches for the text that a user typed; see parseQuery. `now` is in milliseconds since 1970. Gives the best matches
 * first.
 */
export function searchMemories(
  connection: Connection,
  index: WordIndex,
  text: string,
  { filter, limit, halfLifeDays }: SearchOptions,
  now: number,
): SearchHit[] {
  const typed = parseQuery(text);
  if (typed.wanted.length === 0) return [];
  const query = index.ready() ? expandQuery(connection, index, typed) : typed;
  const looked = halfLifeDays === undefined ? limit : Math.max(limit, reranked);
  const ranked = rankMemories(connection, index, query, filter, looked);
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
