import type { Connection } from './connection.ts';
import { conditionsOf, passesFilter, type Scope, seqsOf } from './filter.ts';
import { hasThreads, lenders, lendScores } from './neighbours.ts';
import { ftsExpression, ftsTerm, type Query, type Term } from './query.ts';
import {
  fieldWeights,
  type Ranked,
  type RankOptions,
  rankWords,
  stem,
  type Weighing,
  type WordIndex,
} from './words/index.ts';

const score = `-bm25(memory_words, ${fieldWeights.title}, ${fieldWeights.tags}, ${fieldWeights.content})`;

/**
 * How many of the best matches are tested against the filter, one by one. When too few of them pass, all rows of the
 * filter are read.
 */
const candidates = 2_000;
/** How many more matches are requested, because some of them may have been deleted. */
const spare = 50;

/** Ranks with FTS5. It scores every match, which is slow for very many matches. */
function rankByFts(connection: Connection, query: Query, scope: Scope, limit: number): Ranked[] {
  const { sql, values } = conditionsOf(connection, scope);
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
  return term.words.length === 1 && !term.prefix && term.exact !== true;
}

/** The stems to look up in the index, each once. */
function stemsOf(terms: readonly Term[]): string[] {
  return [...new Set(terms.filter(isWord).flatMap((term) => term.words.map(stem)))];
}

/**
 * The scores of phrases and prefixes, which only FTS5 can match. They are computed one by one: BM25 is a sum over the
 * terms.
 */
function rankOthers(connection: Connection, { wanted, unwanted }: Query): RankOptions['extra'] {
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
  const hidden = unwanted.flatMap((term) => matching.all(ftsTerm(term)));
  return { scores, unwanted: new Set(hidden.map((row) => row.seq as number)) };
}

/** Ranks with the word index. */
function rankByIndex(
  connection: Connection,
  weighing: Weighing,
  extra: RankOptions['extra'],
  scope: Scope,
  limit: number,
): Ranked[] {
  const isOpen = conditionsOf(connection, scope).sql.length === 0;
  const asked = isOpen ? limit + spare : Math.max(limit, candidates);
  const passes = passesFilter(connection, scope);
  const best = rankWords(weighing, { extra, limit: asked });
  const passed: Ranked[] = [];
  for (const one of best) {
    if (passed.length === limit) break;
    if (passes(one.seq)) passed.push(one);
  }
  if (passed.length === limit || best.length < asked) return passed;
  if (isOpen) return rankWords(weighing, { extra, limit, accept: passes });
  // Few of the best matches pass the filter, so probably few rows pass at all.
  const seqs = seqsOf(connection, scope);
  return rankWords(weighing, { extra, limit, accept: (seq) => seqs.has(seq) });
}

/**
 * Gives the best memories for a query, best first; of equal scores the newer first. The query must have a wanted term.
 */
export function rankMemories(
  connection: Connection,
  index: WordIndex,
  query: Query,
  scope: Scope,
  limit: number,
): Ranked[] {
  if (!index.ready()) return rankByFts(connection, query, scope, limit);
  const weighing = index.weigh(stemsOf(query.wanted));
  const extra = rankOthers(connection, query);
  if (!hasThreads(connection)) return rankByIndex(connection, weighing, extra, scope, limit);
  const ranked = rankByIndex(connection, weighing, extra, scope, Math.max(limit, lenders));
  const passes = passesFilter(connection, scope);
  const accept = (seq: number) => !extra.unwanted.has(seq) && passes(seq);
  return lendScores(connection, weighing, { extra, accept }, ranked).slice(0, limit);
}
