import type { Corpus } from '../corpus.ts';
import type { Row } from '../result.ts';
import { compared, rowOf } from '../statistics.ts';

/** How many results a search asks for. */
export const limit = 10;

interface Question {
  kind: string;
  texts: readonly string[];
}

interface Measured {
  rows: Row[];
  /** The share of the ten best results of plain FTS5 that the store found too. */
  recall: number;
}

/** Makes a list of so many. */
export const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** Typical questions; fewer of the kinds that take a second each. */
export function questionsOf(corpus: Corpus, count: number): Question[] {
  return [
    { kind: 'one rare word', texts: many(count, (n) => corpus.rareWord(n)) },
    { kind: 'two words', texts: many(count, (n) => `${corpus.rareWord(n)} ${corpus.vocabulary[100 + n]}`) },
    { kind: 'beginning of a word', texts: many(count, (n) => `${corpus.rareWord(n).slice(0, 4)}*`) },
    { kind: 'eight-word question', texts: many(Math.ceil(count / 4), (n) => corpus.question(n, 8)) },
  ];
}

/** The rows of one piece of work in both stores. */
export function comparedTimes(name: string, [ours, plain]: [number[], number[]]): Row[] {
  const base = rowOf(`${name}, plain FTS5`, plain);
  return [compared(rowOf(name, ours), [base], base.name), base];
}

/** Both stores answer each question in turn. */
export function race(
  question: Question,
  ours: (text: string) => number[],
  plain: (text: string) => number[],
): Measured {
  const times: [number[], number[]] = [[], []];
  let found = 0;
  let there = 0;
  const timed = (search: (text: string) => number[], text: string, to: number[]) => {
    const started = performance.now();
    const result = search(text);
    to.push(performance.now() - started);
    return result;
  };
  for (const text of question.texts) {
    const mine = new Set(timed(ours, text, times[0]));
    const exact = timed(plain, text, times[1]);
    there += exact.length;
    found += exact.filter((n) => mine.has(n)).length;
  }
  return { rows: comparedTimes(question.kind, times), recall: there === 0 ? 1 : found / there };
}
