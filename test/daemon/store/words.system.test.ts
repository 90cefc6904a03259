import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCorpus } from '../../../scripts/bench/corpus.ts';
import { createStore, type SearchOptions, type Store } from '../../../src/daemon/store/index.ts';
import { keepBest } from '../../../src/daemon/store/words/best.ts';
import { decodePostings, encodePostings } from '../../../src/daemon/store/words/postings.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

const segmentSize = 1_024;

// A small vocabulary, so that words, phrases and beginnings meet in many memories.
const corpus = createCorpus(3, 2_000);

function fill({ store, clock }: TestStore, from: number, to: number): void {
  for (let start = from; start < to; start += 500) {
    const end = Math.min(start + 500, to);
    store.import(
      Array.from({ length: end - start }, (_, n) => {
        const createdAt = clock.now().getTime() + (start + n) * 1_000;
        return { ...corpus.memory(start + n), createdAt };
      }),
    );
  }
}

const questions = [
  ...Array.from({ length: 12 }, (_, n) => corpus.question(n, 8)),
  ...Array.from({ length: 2 }, (_, n) => corpus.question(100 + n, 2)),
  'the',
  'the the THE',
  'nothing-that-is-there-xyzzy',
  `"${corpus.question(1, 2)}" of ${corpus.question(2, 3)}`,
  `${(corpus.vocabulary[700] ?? '').slice(0, 3)}* what is ${corpus.vocabulary[300]}`,
  `the ${corpus.vocabulary[200]} -"${corpus.vocabulary[100]}" -"of the"`,
];

const filters: SearchOptions['filter'][] = [
  {},
  { project: 'project-3' },
  { tags: ['TOPIC-7'] },
  { project: 'project-3', tags: ['topic-7'] },
  { project: 'no such project' },
];

/** What every question finds, under every filter. */
function askAll(store: Store): string[] {
  return questions.flatMap((question) =>
    filters.map((filter) => {
      const found = store.search(question, { filter, limit: 10 });
      return JSON.stringify([question, filter, found.map(({ id, score }) => [id, score.toPrecision(5)])]);
    }),
  );
}

/** The same by a store that keeps all of its word lists in memory: its segment is never full. */
async function askInMemory({ dataDir, clock }: TestStore): Promise<string[]> {
  const fresh = createStore(dataDir, clock, () => undefined, { segmentSize: 65_536 });
  try {
    await fresh.settle();
    return askAll(fresh);
  } finally {
    fresh.close();
  }
}

test('stored word lists find exactly what those in memory find, in the same order, with the same scores', async (t) => {
  const context = await openTestStore(t, segmentSize);
  const { store, dataDir } = context;
  fill(context, 0, 5_500);
  const expected = await askInMemory(context);
  await store.settle();
  const db = new DatabaseSync(join(dataDir, 'memories.db'), { readOnly: true });
  t.after(() => db.close());
  const segments = () => (db.prepare('SELECT count(*) AS n FROM word_segments').get() as { n: number }).n;
  assert.equal(segments(), 5);
  assert.deepEqual(askAll(store), expected);

  // New memories are taken in by the search itself.
  fill(context, 5_500, 5_900);
  const { memory } = {
    memory: store.add({ content: 'xyzzy appears at last', title: 'nothing that is there' }),
  };
  assert.equal(store.search('xyzzy', { filter: {}, limit: 1 })[0]?.id, memory.id);

  // After opening again the stored segments are used and only the rest is taken in.
  const again = createStore(dataDir, context.clock, () => undefined, { segmentSize });
  t.after(() => again.close());
  await again.settle();
  assert.equal(segments(), 5);
  assert.deepEqual(askAll(again), askAll(store));
});

test('a score is BM25 with k1 0.9 and b 0.4 over stems, titles and tags weighing more', async (t) => {
  const { store } = await openTestStore(t);
  store.add({ content: 'otters swim' });
  store.add({ content: 'an otter is swimming, and swims on, and on, to the otter of the other river' });
  store.add({ content: 'nothing', title: 'Otters' });
  for (let n = 0; n < 7; n += 1) store.add({ content: `filler ${n}` });
  // Words of each memory, and how much those with the stem of the question weigh in it.
  const lengths = [2, 16, 2, ...Array.from({ length: 7 }, () => 2)];
  const average = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
  const score = (weight: number, length: number) =>
    (Math.log((10 - 3 + 0.5) / (3 + 0.5)) * (weight * 1.9)) /
    (weight + 0.9 * (1 - 0.4 + (0.4 * length) / average));
  const found = store.search('the otter', { filter: {}, limit: 10 });
  assert.deepEqual(
    found.map((one) => one.score),
    [score(4, 2), score(1, 2), score(2, 16)]
      .toSorted((a, b) => b - a)
      .map((one) => Number(one.toPrecision(6))),
  );
});

test('what was deleted or changed never comes up, wherever it was taken in', async (t) => {
  const context = await openTestStore(t, segmentSize);
  const { store } = context;
  const early = store.add({ content: 'quokka one', title: 'quokka' });
  const changed = store.add({ content: 'quokka two' });
  fill(context, 0, 3_000);
  const late = store.add({ content: 'quokka three' });
  await store.settle();
  const ids = () => store.search('quokka', { filter: {}, limit: 10 }).map(({ id }) => id);
  assert.deepEqual(new Set(ids()), new Set([early.id, changed.id, late.id]));
  store.delete(early.id);
  store.delete(late.id);
  store.update(changed.id, { content: 'wombat' });
  assert.deepEqual(ids(), []);
  assert.deepEqual(
    store.search('wombat', { filter: {}, limit: 10 }).map(({ id }) => id),
    [changed.id],
  );
});

test('many deleted ones do not hide the few that are left', async (t) => {
  const context = await openTestStore(t, segmentSize);
  const { store } = context;
  fill(context, 0, 1_100);
  const all = Array.from({ length: 120 }, (_, n) =>
    store.add({ content: 'narwhal', project: n < 5 ? 'old' : 'new' }),
  );
  await store.settle();
  for (const { id } of all.slice(8, 119)) store.delete(id);
  const ids = (filter = {}) => store.search('narwhal', { filter, limit: 10 }).map(({ id }) => id);
  const left = [...all.slice(0, 8), ...all.slice(119)].map(({ id }) => id).toReversed();
  assert.deepEqual(ids(), left);
  assert.deepEqual(ids({ project: 'old' }), left.slice(-5));
});

test('a store closed in the middle of being indexed goes on when it is opened again', async (t) => {
  const context = await openTestStore(t, segmentSize);
  fill(context, 0, 5_500);
  const expected = await askInMemory(context);
  const errors: string[] = [];
  let rounds = 0;
  for (;;) {
    const log = (event: string) => void errors.push(event);
    const store = createStore(context.dataDir, context.clock, log, { segmentSize });
    const settled = store.settle();
    const winner = await Promise.race([
      settled.then(() => 'settled'),
      new Promise((resolve) => setTimeout(resolve, 50 + rounds * 150, 'interrupted')),
    ]);
    store.close();
    await settled;
    rounds += 1;
    if (winner === 'settled') break;
  }
  t.diagnostic(`settled in round ${rounds}`);
  assert.deepEqual(errors, []);
  await context.store.settle();
  assert.deepEqual(askAll(context.store), expected);
});

test('the best of many are the first of all sorted', () => {
  const one = fc.record({ seq: fc.nat(1_000), score: fc.nat(20).map((n) => n / 4) });
  const unique = fc.uniqueArray(one, { selector: ({ seq }) => seq, maxLength: 60 });
  fc.assert(
    fc.property(unique, fc.integer({ min: 1, max: 12 }), (all, limit) => {
      const best = keepBest(limit);
      for (const each of all) best.offer(each);
      const sorted = all.toSorted((a, b) => b.score - a.score || b.seq - a.seq);
      assert.deepEqual(best.list(), sorted.slice(0, limit));
    }),
  );
});

test('postings come back as they were stored', () => {
  const posting = fc.tuple(fc.nat(65_535), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(fc.uniqueArray(posting, { selector: ([place]) => place }), (list) => {
      const sorted = list.toSorted(([a], [b]) => a - b);
      const postings = {
        places: Uint16Array.from(sorted, ([place]) => place),
        weights: Uint8Array.from(sorted, ([, weight]) => weight),
      };
      assert.deepEqual(decodePostings(encodePostings(postings)), postings);
    }),
  );
});
