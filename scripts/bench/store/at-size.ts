import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, type Store } from '../../../src/daemon/store/index.ts';
import type { SearchHit } from '../../../src/daemon/store/search.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type Corpus, createCorpus } from '../corpus.ts';
import type { Row, Table } from '../result.ts';
import { PlainFts } from './plain-fts.ts';
import { comparedTimes, limit, many, questionsOf, race } from './questions.ts';

const batch = 1000;
/** Memory number n has a time of n seconds after this, so its time identifies it in results. */
const epoch = Date.UTC(2025, 0, 1);

interface Stores {
  store: Store;
  plain: PlainFts;
  corpus: Corpus;
}

/** Runs the same work in both stores, and adds their times in ms. */
function timeBoth([ours, plain]: [number[], number[]], inOurs: () => void, inPlain: () => void): void {
  const started = performance.now();
  inOurs();
  const between = performance.now();
  inPlain();
  ours.push(between - started);
  plain.push(performance.now() - between);
}

/** Imports `size` memories into both, and notes how long each took. */
function fill({ store, plain, corpus }: Stores, size: number): string {
  const times: [number[], number[]] = [[], []];
  for (let first = 0; first < size; first += batch) {
    const memories = many(Math.min(batch, size - first), (n) => corpus.memory(first + n));
    const dated = memories.map((memory, n) => ({ ...memory, createdAt: epoch + (first + n) * 1000 }));
    timeBoth(
      times,
      () => store.import(dated),
      () => plain.import(first, memories),
    );
  }
  const [ours, base] = times.map((ms) => {
    const seconds = ms.reduce((sum, one) => sum + one, 0) / 1000;
    return `${Math.round(size / seconds).toLocaleString('en')} per second`;
  });
  return `imported ${ours}, plain FTS5 ${base}`;
}

/** Stores `count` more memories in both. Gives the number of each by its id. */
function addEach({ store, plain, corpus }: Stores, size: number, count: number) {
  const times: [number[], number[]] = [[], []];
  const added = new Map<string, number>();
  for (const [n, memory] of many(count, (at) => corpus.memory(size + at)).entries()) {
    timeBoth(
      times,
      () => added.set(store.add(memory).id, size + n),
      () => plain.add(size + n, memory),
    );
  }
  return { added, rows: comparedTimes('store one', times) };
}

function deleteEach({ store, plain }: Stores, memories: readonly [string, number][]): Row[] {
  const times: [number[], number[]] = [[], []];
  for (const [id, n] of memories) {
    timeBoth(
      times,
      () => store.delete(id),
      () => plain.delete(n),
    );
  }
  return comparedTimes('delete one', times);
}

/** Fills a store and plain FTS5 with the same memories, then measures storing and searching in both. */
export async function measureAt(size: number, count: number): Promise<Table> {
  const directory = await mkdtemp(join(tmpdir(), 'memoryd-store-'));
  const corpus = createCorpus();
  const store = createStore(join(directory, 'ours'), systemClock, (event, fields) => {
    throw new Error(`${event}: ${JSON.stringify(fields)}`);
  });
  const plain = new PlainFts(join(directory, 'plain'));
  const stores = { store, plain, corpus };
  try {
    const imported = fill(stores, size);
    const settling = performance.now();
    await store.settle();
    const settled = (performance.now() - settling) / 1000;
    const { added, rows: storing } = addEach(stores, size, count);
    const deleting = deleteEach(stores, [...added].slice(0, count / 4));
    const numberOf = ({ id, createdAt }: SearchHit) =>
      added.get(id) ?? (Date.parse(createdAt) - epoch) / 1000;
    const ours = (text: string) => store.search(text, { filter: {}, limit }).map(numberOf);
    const measured = questionsOf(corpus, count).map((question) => ({
      kind: question.kind,
      ...race(question, ours, (text) => plain.search(text, limit)),
    }));
    return {
      title: `${size.toLocaleString('en')} memories`,
      unit: 'ms',
      rows: [...storing, ...deleting, ...measured.flatMap((one) => one.rows)],
      notes: [
        `${imported}; settled in ${settled.toFixed(1)} s`,
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
