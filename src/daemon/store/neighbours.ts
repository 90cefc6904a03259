import type { Connection } from './connection.ts';
import { type Ranked, type RankOptions, scoreWords, type Weighing } from './words/index.ts';

/**
 * How much a word counts that a memory itself does not have, but the memory next to it in its thread, or the one after
 * that. Measured with `npm run bench -- recall`; see decision 0040.
 */
const shares = [0.5, 0.4];

/** How many of the best matches lend their words to their neighbours and are ranked again. */
export const lenders = 50;

/** Memories that follow each other in a thread, by `seq`, and which of them was asked for. */
export interface ThreadPart {
  seqs: readonly number[];
  at: number;
}

/** Whether any memory belongs to a thread. */
export function hasThreads(connection: Connection): boolean {
  return connection.prepare('SELECT 1 FROM memories WHERE thread IS NOT NULL LIMIT 1').get() !== undefined;
}

/** Gives a function that gives a memory with those before and after it, at most `reach` of each. */
export function threadParts(connection: Connection, reach = shares.length): (seq: number) => ThreadPart {
  const own = connection.prepare('SELECT thread, position FROM memories WHERE seq = ?');
  const before = connection.prepare(
    `SELECT seq FROM memories WHERE thread = ? AND (position, seq) < (?, ?)
     ORDER BY position DESC, seq DESC LIMIT ${reach}`,
  );
  const after = connection.prepare(
    `SELECT seq FROM memories WHERE thread = ? AND (position, seq) > (?, ?)
     ORDER BY position, seq LIMIT ${reach}`,
  );
  return (seq) => {
    const row = own.get(seq) as { thread: string | null; position: number } | undefined;
    if (row === undefined || row.thread === null) return { seqs: [seq], at: 0 };
    const place = [row.thread, row.position, seq] as const;
    const earlier = (before.all(...place) as { seq: number }[]).map((one) => one.seq).toReversed();
    const later = (after.all(...place) as { seq: number }[]).map((one) => one.seq);
    return { seqs: [...earlier, seq, ...later], at: earlier.length };
  };
}

/** The memories within the reach of one, each with its distance. */
function around({ seqs }: ThreadPart, at: number): { seq: number; place: number; distance: number }[] {
  const from = Math.max(0, at - shares.length);
  return seqs
    .slice(from, at + shares.length + 1)
    .map((seq, n) => ({ seq, place: from + n, distance: Math.abs(from + n - at) }));
}

/**
 * Ranks the best matches again with the words of their neighbours: a memory often answers a question only together with
 * the one before it. Neighbours with a word of the query come in as matches if `accept` takes them. `ranked` must be the
 * matches for `weighing` and `extra`, best first.
 */
export function lendScores(
  connection: Connection,
  weighing: Weighing,
  { extra, accept }: Omit<RankOptions, 'limit'>,
  ranked: readonly Ranked[],
): Ranked[] {
  const partOf = threadParts(connection, 2 * shares.length);
  const best = ranked.slice(0, lenders);
  const parts = best.map(({ seq }) => partOf(seq));
  const scores = scoreWords(weighing, new Set(parts.flatMap(({ seqs }) => seqs)));
  // Phrases and prefixes count as one more word.
  for (const [seq, words] of scores) words.push(extra.scores.get(seq) ?? 0);
  const scoresOf = (seq: number) => scores.get(seq) ?? [];
  const known = new Set(best.map(({ seq }) => seq));
  const isMatch = (seq: number) =>
    known.has(seq) || (scoresOf(seq).some((score) => score > 0) && accept?.(seq) !== false);

  function lentScore(part: ThreadPart, at: number): number {
    const most: number[] = [];
    for (const { seq, distance } of around(part, at)) {
      const share = distance === 0 ? 1 : (shares[distance - 1] as number);
      for (const [word, score] of scoresOf(seq).entries()) {
        most[word] = Math.max(most[word] ?? 0, share * score);
      }
    }
    return most.reduce((sum, score) => sum + score, 0);
  }

  const lent = new Map<number, number>();
  for (const part of parts) {
    for (const { seq, place } of around(part, part.at)) {
      if (!lent.has(seq) && isMatch(seq)) lent.set(seq, lentScore(part, place));
    }
  }
  const first = [...lent].map(([seq, score]) => ({ seq, score }));
  return [
    ...first.toSorted((a, b) => b.score - a.score || b.seq - a.seq),
    ...ranked.filter(({ seq }) => !lent.has(seq)),
  ];
}
