import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createStore } from '../../../src/daemon/store/index.ts';
import { readableIn, secret } from '../../support/leftovers.ts';
import { openTestStore } from '../../support/store.ts';

test('an expired memory is deleted from the files without a request', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const now = clock.now().getTime();
  store.add({ content: secret(1), expiresAt: now + 5_000 });
  const kept = store.add({ content: secret(2), expiresAt: now + 7_200_000 });
  clock.advance(4_999);
  assert.deepEqual(readableIn(dataDir, [secret(1)]), [secret(1)]);
  clock.advance(1);
  assert.deepEqual(readableIn(dataDir, [secret(1), secret(2)]), [secret(2)]);
  assert.equal(store.counts().memories, 1);
  store.update(kept.id, { expiresAt: null });
  clock.advance(10_000_000);
  assert.equal(store.counts().memories, 1);
});

test('what expired while nothing ran is not found and is deleted after the start', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const { id } = store.add({ content: secret(3), tags: ['x'], expiresAt: clock.now().getTime() + 1_000 });
  store.close();
  clock.advance(1_000);
  const again = createStore(dataDir, clock, () => undefined);
  t.after(() => again.close());
  assert.equal(again.get(id), undefined);
  clock.advance(0);
  assert.deepEqual(readableIn(dataDir, [secret(3)]), []);
});

test('while another process bars writing, an expired memory is left out everywhere', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const expiring = { expiresAt: clock.now().getTime() + 1_000, tags: ['x'], project: 'p' };
  const { id } = store.add({ ...expiring, content: 'a heron by the lake' });
  const kept = store.add({ content: 'another heron', tags: ['x'], project: 'p' });
  const other = new DatabaseSync(join(dataDir, 'memories.db'));
  other.exec('BEGIN IMMEDIATE');
  clock.advance(1_000);
  const filter = { tags: ['x'], project: 'p' };
  assert.equal(store.get(id), undefined);
  assert.deepEqual(
    store.list(filter, 9)?.memories.map((memory) => memory.id),
    [kept.id],
  );
  assert.deepEqual(
    store.search('heron', { filter: {}, limit: 9 }).map((memory) => memory.id),
    [kept.id],
  );
  assert.deepEqual(store.tags({}, 9), [{ tag: 'x', memories: 1 }]);
  assert.equal(store.count({}), 1);
  assert.equal(store.projects(9)[0]?.memories, 1);
  assert.deepEqual(
    [...store.export()].map((memory) => memory.id),
    [kept.id],
  );
  other.exec('ROLLBACK');
  other.close();
  clock.advance(60_000);
  assert.equal(store.counts().memories, 1);
});
