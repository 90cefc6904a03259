import type { Connection } from './connection.ts';
import { expandQuery } from './expand.ts';
import {
  isExpired,
  type Memory,
  type MemoryFilter,
  type MemoryRow,
  memoryColumns,
  memoryOf,
} from './memory.ts';
import { threadParts } from './neighbours.ts';
import { parseQuery, type Term } from './query.ts';
import { rankMemories } from './ranking.ts';
import { snippetOf } from './snippet.ts';
import type { Ranked, WordIndex } from './words/index.ts';

/** How many of the best matches are ranked again when age or importance counts. */
const reranked = 200;

const dayMs = 86_400_000;

export interface SearchOptions {
  filter: MemoryFilter;
  limit: number;
  /** How many of the best matches are left out, because an earlier page had them. */
  offset?: number | undefined;
  /** Matches with a lower score are left out. */
  minScore?: number | undefined;
  /** Gives the memories before and after each match in its thread. */
  related?: boolean | undefined;
  /** The age at which a memory's score is halved. Without it, age does not count. */
  halfLifeDays?: number | undefined;
}

/** A memory of the same thread as a match. */
export interface RelatedMemory {
  id: string;
  snippet: string;
  /** How many memories after the match it was stored in their thread. Negative: before it. */
  offset: number;
}

export interface SearchHit extends Omit<Memory, 'content'> {
  /** The whole text when it is short, else the best matching part. */
  snippet: string;
  whole: boolean;
  /** The BM25 score. Higher is better. Scores are comparable within one answer only. */
  score: number;
  /** In the order of the thread. Only on request. */
  related?: RelatedMemory[];
}

function rowsOf(connection: Connection, ranked: readonly Ranked[]): (Ranked & { row: MemoryRow })[] {
  const statement = connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq = ?`);
  return ranked.map((one) => ({ ...one, row: statement.get(one.seq) as unknown as MemoryRow }));
}

/** Whether the importance of any memory differs from that of the others. */
function hasImportance(connection: Connection): boolean {
  return (
    connection.prepare('SELECT 1 FROM memories WHERE importance IS NOT NULL LIMIT 1').get() !== undefined
  );
}

/** By what the score of a memory is multiplied: 0.5 to 1.5 for its importance, and its age counts if asked for. */
function factorOf(
  { importance, created_at }: MemoryRow,
  halfLifeDays: number | undefined,
  now: number,
): number {
  const weight = 0.5 + (importance ?? 0.5);
  if (halfLifeDays === undefined) return weight;
  return weight * 0.5 ** (Math.max(0, now - created_at) / (halfLifeDays * dayMs));
}

function relatedTo(connection: Connection, wanted: readonly Term[], now: number) {
  const partOf = threadParts(connection);
  const statement = connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq = ?`);
  return (match: number): RelatedMemory[] => {
    const { seqs, at } = partOf(match);
    return seqs.flatMap((seq, place) => {
      const row = statement.get(seq) as unknown as MemoryRow;
      if (place === at || isExpired(row, now)) return [];
      return [{ id: row.id, offset: place - at, snippet: snippetOf(row.content, wanted).text }];
    });
  };
}

/**
 * Searches for the text that a user typed; see parseQuery. `now` is in milliseconds since 1970. Gives the best matches
 * first.
 */
export function searchMemories(
  connection: Connection,
  index: WordIndex,
  text: string,
  { filter, limit, offset = 0, minScore = 0, related = false, halfLifeDays }: SearchOptions,
  now: number,
): SearchHit[] {
  const typed = parseQuery(text);
  if (typed.wanted.length === 0) return [];
  const query = index.ready() ? expandQuery(connection, index, typed) : typed;
  const end = offset + limit;
  const reorders = halfLifeDays !== undefined || hasImportance(connection);
  const looked = reorders ? Math.max(end, reranked) : end;
  const rows = rowsOf(connection, rankMemories(connection, index, query, { filter, now }, looked));
  for (const one of rows) one.score *= factorOf(one.row, halfLifeDays, now);
  const first = rows.slice(0, reranked).toSorted((a, b) => b.score - a.score || b.seq - a.seq);
  const ordered = [...first, ...rows.slice(reranked)].filter(({ score }) => score >= minScore);
  const relatedOf = relatedTo(connection, query.wanted, now);
  return ordered.slice(offset, end).map(({ row, seq, score }) => {
    const { content, ...memory } = memoryOf(row);
    const snippet = snippetOf(content, query.wanted);
    return {
      ...memory,
      snippet: snippet.text,
      whole: snippet.whole,
      score: Number(score.toPrecision(6)),
      ...(related ? { related: relatedOf(seq) } : {}),
    };
  });
}
