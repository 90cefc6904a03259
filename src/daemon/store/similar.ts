import type { Connection } from './connection.ts';
import { passesFilter } from './filter.ts';
import { type MemoryRow, memoryColumns, type NewMemory } from './memory.ts';
import { snippetOf } from './snippet.ts';
import { stopWords } from './stop-words.ts';
import { words } from './text.ts';
import { rankWords, stem, type WordIndex } from './words/index.ts';

/** A stored memory that says nearly the same as a new one. */
export interface Similar {
  id: string;
  snippet: string;
  /** The share of words that both have, of the words that either has: from 0 to 1. */
  similarity: number;
}

/** How many of the longest words, which are rare, find the memories that are compared. */
const searchedWords = 8;
const compared = 10;
const leastSimilarity = 0.6;
/** Texts with fewer words have them in common by chance. */
const fewestWords = 3;
const mostSimilar = 3;
/** Only this much of a text is compared. */
const read = 20_000;

function meaningOf(title: string | null | undefined, content: string): Set<string> {
  const all = words(`${title ?? ''} ${content.slice(0, read)}`);
  return new Set(all.filter((word) => !stopWords.has(word)).map(stem));
}

function similarityOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((word) => b.has(word)).length;
  return common / (a.size + b.size - common);
}

/**
 * Gives the memories of the same project, or of none, that say nearly the same as a new one, most similar first. Gives
 * none while the index is not complete. `now` is in milliseconds since 1970.
 */
export function similarMemories(
  connection: Connection,
  index: WordIndex,
  { title, content, project }: NewMemory,
  now: number,
): Similar[] {
  const own = meaningOf(title, content);
  if (own.size < fewestWords || !index.ready()) return [];
  const accept = passesFilter(connection, { filter: { project }, now });
  const longest = [...own].toSorted((a, b) => b.length - a.length).slice(0, searchedWords);
  const nothing = { scores: new Map<number, number>(), unwanted: new Set<number>() };
  const row = connection.prepare(`SELECT ${memoryColumns} FROM memories m WHERE m.seq = ?`);
  return rankWords(index.weigh(longest), { extra: nothing, limit: compared, accept })
    .map(({ seq }) => row.get(seq) as unknown as MemoryRow)
    .map((found) => ({ found, similarity: similarityOf(own, meaningOf(found.title, found.content)) }))
    .filter(({ similarity }) => similarity >= leastSimilarity)
    .toSorted((a, b) => b.similarity - a.similarity)
    .slice(0, mostSimilar)
    .map(({ found, similarity }) => ({
      id: found.id,
      snippet: snippetOf(found.content, []).text,
      similarity: Number(similarity.toFixed(2)),
    }));
}
