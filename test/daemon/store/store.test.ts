import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createStore } from '../../../src/daemon/store/index.ts';
import { openTestStore } from '../../support/store.ts';

test('reading a store that was never used answers empty and makes nothing', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  assert.deepEqual(store.list({}, 10), { memories: [] });
  assert.deepEqual(store.search('anything', { filter: {}, limit: 10 }), []);
  assert.equal(store.get('none'), undefined);
  assert.equal(store.update('none', { title: 'x' }), undefined);
  assert.equal(store.delete('none'), false);
  assert.deepEqual(store.counts(), { memories: null, lastWrite: null, rewriteProblem: null });
  assert.equal(existsSync(dataDir), false);
});

test('the first memory makes the data directory, for nobody else to read', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  store.add({ content: 'first' });
  if (process.platform === 'win32') return;
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  for (const name of ['memories.db', 'memories.db-wal', 'memories.db-shm']) {
    assert.equal(statSync(join(dataDir, name)).mode & 0o777, 0o600, name);
  }
});

test('a memory is given back as it was stored', async (t) => {
  const { store, clock } = await openTestStore(t);
  const content = ' leading space, "quotes", \u0000 NUL, emoji 🧠 and a\nnew line ';
  const tags = [' Build ', 'build', 'CI', ''];
  const memory = store.add({ content, title: 'A title', tags, project: 'memoryd' });
  const at = clock.now().toISOString();
  assert.deepEqual(memory, {
    id: memory.id,
    title: 'A title',
    content,
    tags: ['Build', 'CI'],
    project: 'memoryd',
    createdAt: at,
    updatedAt: at,
  });
  assert.deepEqual(store.get(memory.id), memory);
});

test('an update changes what it names, keeps the rest, and is what search finds', async (t) => {
  const { store, clock } = await openTestStore(t);
  const memory = store.add({ content: 'the old harbour', title: 'Place', tags: ['sea'], project: 'p' });
  clock.advance(1_000);
  const updated = store.update(memory.id, { content: 'the new lighthouse', tags: ['light'], project: null });
  assert.deepEqual(updated, {
    ...memory,
    content: 'the new lighthouse',
    tags: ['light'],
    project: null,
    updatedAt: clock.now().toISOString(),
  });
  assert.deepEqual(store.get(memory.id), updated);
  assert.deepEqual(store.search('harbour', { filter: {}, limit: 10 }), []);
  assert.equal(store.search('lighthouse', { filter: {}, limit: 10 })[0]?.id, memory.id);
  assert.deepEqual(store.list({ tags: ['sea'] }, 10), { memories: [] });
  assert.equal(store.list({ tags: ['LIGHT'] }, 10)?.memories[0]?.id, memory.id);
  assert.equal(store.counts().memories, 1);
});

test('a deleted memory is gone from everywhere', async (t) => {
  const { store } = await openTestStore(t);
  const memory = store.add({ content: 'to be forgotten', tags: ['x'] });
  assert.equal(store.delete(memory.id), true);
  assert.equal(store.delete(memory.id), false);
  assert.equal(store.get(memory.id), undefined);
  assert.deepEqual(store.search('forgotten', { filter: {}, limit: 10 }), []);
  assert.deepEqual(store.list({ tags: ['x'] }, 10), { memories: [] });
  assert.equal(store.counts().memories, 0);
});

test('what was stored is there after closing and opening again', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const memory = store.add({ content: 'durable' });
  store.close();
  const again = createStore(dataDir, clock, () => undefined);
  t.after(() => again.close());
  assert.deepEqual(again.get(memory.id), memory);
});

test('reading a store leaves its file as it is', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  store.add({ content: 'x' });
  store.close();
  const before = readFileSync(join(dataDir, 'memories.db'));
  const again = createStore(dataDir, clock, () => undefined);
  assert.equal(again.list({}, 5)?.memories.length, 1);
  assert.equal([...again.export()].length, 1);
  again.close();
  assert.deepEqual(readFileSync(join(dataDir, 'memories.db')), before);
});

test('a list comes newest first, page after page, every memory once', async (t) => {
  const { store, clock } = await openTestStore(t);
  const ids: string[] = [];
  for (let n = 0; n < 25; n += 1) {
    ids.unshift(store.add({ content: `memory ${n}`, tags: n % 2 === 0 ? ['even', 'all'] : ['all'] }).id);
    // Several of the same millisecond, so that the order must not hang on the time alone.
    if (n % 3 === 0) clock.advance(1);
  }
  for (const filter of [{}, { tags: ['all'] }]) {
    const seen: string[] = [];
    let page = store.list(filter, 7);
    for (;;) {
      assert.ok(page !== undefined);
      seen.push(...page.memories.map(({ id }) => id));
      if (page.next === undefined) break;
      page = store.list(filter, 7, page.next);
    }
    assert.deepEqual(seen, ids);
  }
  assert.equal(store.list({ tags: ['even', 'ALL'] }, 100)?.memories.length, 13);
  assert.equal(store.list({}, 10, 'no cursor of ours'), undefined);
});

test('filters by project and time hold together', async (t) => {
  const { store, clock } = await openTestStore(t);
  const start = clock.now().getTime();
  for (let n = 0; n < 10; n += 1) {
    store.add({ content: `word ${n}`, project: n % 2 === 0 ? 'even' : 'odd' });
    clock.advance(1_000);
  }
  const filter = { project: 'even', createdAfter: start + 1_000, createdBefore: start + 6_000 };
  const expected = ['word 4', 'word 2'];
  assert.deepEqual(
    store.list(filter, 10)?.memories.map(({ content }) => content),
    expected,
  );
  const found = store.search('word', { filter, limit: 10 }).map(({ snippet }) => snippet);
  assert.deepEqual(found.toSorted(), expected.toSorted());
});

test('a store that a newer version wrote is refused, not touched', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  store.add({ content: 'x' });
  store.close();
  const db = new DatabaseSync(join(dataDir, 'memories.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  const again = createStore(dataDir, clock, () => undefined);
  t.after(() => again.close());
  assert.throws(() => again.list({}, 1), /the store has schema 99/);
  assert.throws(() => again.add({ content: 'y' }), /the store has schema 99/);
});

test('a damaged store says so each time and is not replaced by an empty one', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  store.add({ content: 'x' });
  store.close();
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(dataDir, 'memories.db'), 'not a database at all, and long enough to be read as one');
  const again = createStore(dataDir, clock, () => undefined);
  assert.throws(() => again.list({}, 1), /not a database/);
  assert.throws(() => again.add({ content: 'y' }), /not a database/);
});

test('two connections of two processes write side by side', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const other = createStore(dataDir, clock, () => undefined);
  t.after(() => other.close());
  for (let n = 0; n < 20; n += 1) {
    store.add({ content: `mine ${n}` });
    other.add({ content: `yours ${n}` });
  }
  assert.equal(store.counts().memories, 40);
  assert.equal(other.search('mine yours', { filter: {}, limit: 50 }).length, 40);
});
