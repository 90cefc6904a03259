import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../src/daemon/store/index.ts';
import { openTestStore } from '../../support/store.ts';

const all = { filter: {}, limit: 10 };

/** Stores texts, some of them in a thread, and gives their ids. */
function fill(store: Store, texts: readonly string[], thread?: string): string[] {
  return store
    .addAll(
      texts.map((content) => ({ content, thread })),
      'keep',
    )
    .map(({ memory }) => memory.id);
}

const talk = [
  'Ann: how was the climbing trip to Norway?',
  'Ben: wonderful, the trip took nine days',
  'Ann: my own plans fell through',
  'Ben: maybe a trip next year',
];

test('the words of a neighbour count half, so the answer comes before another text with as many words', async (t) => {
  const { store } = await openTestStore(t);
  fill(store, ['a trip to the dentist', 'the trip was short', 'rain', 'snow', 'sun']);
  const [, answer] = fill(store, talk, 'talk');
  const [first, second] = store.search('climbing trip norway', all);
  assert.match(first?.snippet ?? '', /climbing/);
  assert.equal(second?.id, answer);
  const alone = (await openTestStore(t)).store;
  fill(alone, ['a trip to the dentist', 'the trip was short', 'rain', 'snow', 'sun', ...talk]);
  assert.match(alone.search('climbing trip norway', all)[1]?.snippet ?? '', /short|year/);
});

test('a memory without any of the words is not found, whatever its neighbours say', async (t) => {
  const { store } = await openTestStore(t);
  const ids = fill(store, talk, 'talk');
  const found = store.search('climbing trip', all).map(({ id }) => id);
  assert.deepEqual(found.toSorted(), [ids[0], ids[1], ids[3]].toSorted());
  assert.deepEqual(
    store
      .search('trip -"wonderful"', all)
      .map(({ id }) => id)
      .toSorted(),
    [ids[0], ids[3]].toSorted(),
  );
});

test('a match comes with its neighbours on request, in the order of the thread', async (t) => {
  const { store, clock } = await openTestStore(t);
  const [a, b, c, d] = ['one', 'two', 'three', 'four'].map(
    (content, n) => store.add({ content, thread: 't', position: 10 - n }).id,
  );
  const e = store.add({ content: 'five', thread: 't' }).id;
  const related = (query: string) =>
    store.search(query, { ...all, related: true })[0]?.related?.map(({ id, offset }) => [id, offset]);
  // Given positions order them backwards; the last one is appended.
  assert.deepEqual(related('two'), [
    [d, -2],
    [c, -1],
    [a, 1],
    [e, 2],
  ]);
  store.update(c as string, { content: 'changed', expiresAt: clock.now().getTime() + 1 });
  clock.advance(1);
  assert.deepEqual(related('two'), [
    [d, -1],
    [a, 1],
    [e, 2],
  ]);
  assert.equal(store.search('two', all)[0]?.related, undefined);
  assert.deepEqual(b, store.search('two', all)[0]?.id);
});

test('filters hold for neighbours too, and pages have each match once', async (t) => {
  const { store } = await openTestStore(t);
  for (let n = 0; n < 120; n += 1) {
    store.add({
      content: `heron ${n % 7 === 0 ? 'lake' : ''} ${n}`,
      thread: 't',
      tags: n % 2 ? ['odd'] : [],
    });
  }
  const search = (offset: number, limit: number) =>
    store.search('heron lake', { filter: { tags: ['odd'] }, limit, offset }).map(({ id }) => id);
  const whole = search(0, 100);
  assert.equal(store.count({ thread: 't' }), 120);
  assert.equal(store.count({ thread: 'T' }), 0);
  assert.equal(whole.length, 60);
  assert.equal(new Set(whole).size, 60);
  const pages = [0, 7, 14, 21, 28, 35, 42, 49, 56].flatMap((offset) => search(offset, 7));
  assert.deepEqual(pages, whole);
});

test('an import keeps threads, importance and expiry', async (t) => {
  const { store } = await openTestStore(t);
  const memory = { content: 'x', title: null, tags: [], project: null, id: 'i', createdAt: 5 };
  const extra = { thread: 't', position: 4, importance: 0.9, expiresAt: Date.UTC(2030, 0) };
  store.import([{ ...memory, ...extra }]);
  const { thread, position, importance, expiresAt } = store.get('i') ?? {};
  assert.deepEqual(
    { thread, position, importance, expiresAt },
    { ...extra, expiresAt: '2030-01-01T00:00:00.000Z' },
  );
});

test('the scores are the same whether the word lists are in memory or on the disk', async (t) => {
  const words = ['heron', 'lake', 'trip', 'norway', 'nine', 'days', 'rain', 'plan', 'boat'];
  const texts = Array.from({ length: 150 }, (_, n) =>
    [1, 2, 5, 11].map((step) => words[(n * step + (n >> 3)) % words.length]).join(' '),
  );
  const [inMemory, onDisk] = [(await openTestStore(t)).store, (await openTestStore(t, 16)).store];
  for (const store of [inMemory, onDisk]) fill(store, texts, 'talk');
  await onDisk.settle();
  const found = (store: Store, query: string) =>
    store
      .search(query, { filter: {}, limit: 100 })
      .map(({ position, score, snippet }) => [position, score, snippet]);
  for (const query of ['heron norway', 'nine days boat plan', 'trip* lake', '"rain plan" boat']) {
    assert.deepEqual(found(onDisk, query), found(inMemory, query), query);
  }
});
