import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '../../../src/daemon/store/index.ts';
import type { SearchHit } from '../../../src/daemon/store/search.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type Corpus, createCorpus } from '../corpus.ts';
import type { Row, Table } from '../result.ts';
import { compared, rowOf } from '../statistics.ts';
import { PlainFts } from './plain-fts.ts';

const batch = 1000;
const limit = 10;
/** Memory number n has a time of n seconds after this, so its time identifies it in results. */
const epoch = Date.UTC(2025, 0, 1);

interface Question {
  kind: string;
  texts: readonly string[];
}

interface Measured {
  rows: Row[];
  /** The share of the ten best results of plain FTS5 that the store found too. */
  recall: number;
}

const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** Typical questions; fewer of the kinds that take a second each. */
function questionsOf(corpus: Corpus, count: number): Question[] {
  return [
    { kind: 'one rare word', texts: many(count, (n) => corpus.rareWord(n)) },
    { kind: 'two words', texts: many(count, (n) => `${corpus.rareWord(n)} ${corpus.vocabulary[100 + n]}`) },
    { kind: 'beginning of a word', texts: many(count, (n) => `${corpus.rareWord(n).slice(0, 4)}*`) },
    { kind: 'eight-word question', texts: many(Math.ceil(count / 4), (n) => corpus.question(n, 8)) },
  ];
}

/** Both stores answer each question in turn. */
function race(
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
  const base = rowOf(`${question.kind}, plain FTS5`, times[1]);
  const row = compared(rowOf(question.kind, times[0]), [base], base.name);
  return { rows: [row, base], recall: there === 0 ? 1 : found / there };
}

/** Fills a store and plain FTS5 with the same memories, then measures storing and searching in both. */
export async function measureAt(size: number, count: number): Promise<Table> {
  const directory = await mkdtemp(join(tmpdir(), 'memoryd-store-'));
  const corpus = createCorpus();
  const store = createStore(join(directory, 'ours'), systemClock, (event, fields) => {
    throw new Error(`${event}: ${JSON.stringify(fields)}`);
  });
  const plain = new PlainFts(join(directory, 'plain'));
  try {
    const filling = { ours: 0, plain: 0 };
    for (let first = 0; first < size; first += batch) {
      const memories = many(Math.min(batch, size - first), (n) => corpus.memory(first + n));
      const started = performance.now();
      store.import(memories.map((memory, n) => ({ ...memory, createdAt: epoch + (first + n) * 1000 })));
      const between = performance.now();
      plain.import(first, memories);
      filling.ours += between - started;
      filling.plain += performance.now() - between;
    }
    const settling = performance.now();
    await store.settle();
    const settled = performance.now() - settling;
    const adding: [number[], number[]] = [[], []];
    const added = new Map<string, number>();
    for (const [n, memory] of many(count, (at) => corpus.memory(size + at)).entries()) {
      const started = performance.now();
      const { id } = store.add(memory);
      const between = performance.now();
      plain.add(size + n, memory);
      added.set(id, size + n);
      adding[0].push(between - started);
      adding[1].push(performance.now() - between);
    }
    const deleting: [number[], number[]] = [[], []];
    for (const [id, n] of [...added].slice(0, count / 4)) {
      const started = performance.now();
      store.delete(id);
      const between = performance.now();
      plain.delete(n);
      deleting[0].push(between - started);
      deleting[1].push(performance.now() - between);
    }
    const addPlain = rowOf('store one, plain FTS5', adding[1]);
    const deletePlain = rowOf('delete one, plain FTS5', deleting[1]);
    const rows = [
      compared(rowOf('store one', adding[0]), [addPlain], addPlain.name),
      addPlain,
      compared(rowOf('delete one', deleting[0]), [deletePlain], deletePlain.name),
      deletePlain,
    ];
    const numberOf = ({ id, createdAt }: SearchHit) =>
      added.get(id) ?? (Date.parse(createdAt) - epoch) / 1000;
    const ours = (text: string) => store.search(text, { filter: {}, limit }).map(numberOf);
    const measured = questionsOf(corpus, count).map((question) => ({
      kind: question.kind,
      ...race(question, ours, (text) => plain.search(text, limit)),
    }));
    const perSecond = (ms: number) => `${Math.round(size / (ms / 1000)).toLocaleString('en')} per second`;
    return {
      title: `${size.toLocaleString('en')} memories`,
      unit: 'ms',
      rows: [...rows, ...measured.flatMap((one) => one.rows)],
      notes: [
        `imported ${perSecond(filling.ours)}, plain FTS5 ${perSecond(filling.plain)}; settled in ${(settled / 1000).toFixed(1)} s`,
        ...measured.map(
          ({ kind, recall }) => `${kind}: recall@${limit} of plain FTS5's order ${recall.toFixed(3)}`,
        ),
      ],
    };
  } finally {
    store.close();
    plain.close();
    await rm(directory, { recursive: true });
  }
}
