import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { createStore, type Store } from '../../../src/daemon/store/index.ts';
import { token } from '../../support/daemon.ts';
import { startDaemonProcess } from '../../support/daemon-child.ts';
import { holdClock } from '../../support/held-clock.ts';
import { readableIn, secret } from '../../support/leftovers.ts';
import { openTestStore } from '../../support/store.ts';
import { until } from '../../support/until.ts';

const secrets = Array.from({ length: 100 }, (_, n) => secret(n));

/** Stores the secrets among other memories, some in the text, some as titles and tags, some in very long texts. */
function fill(store: Store): string[] {
  return secrets.map((text, n) => {
    store.add({ content: `the walrus of day ${n}`, tags: [`day-${n}`] });
    if (n % 4 === 1) return store.add({ content: `machine ${n}`, title: `password ${text}` }).id;
    if (n % 4 === 2) return store.add({ content: `machine ${n}`, tags: ['password', text] }).id;
    const filler = n % 4 === 3 ? 'and more of the same '.repeat(n * 20) : '';
    return store.add({ content: `machine ${n} has the password ${text} ${filler}` }).id;
  });
}

/** Takes the secrets away in each of the three ways there are. */
function forgetAll(store: Store, ids: readonly string[]): void {
  for (const [n, id] of ids.entries()) {
    if (n % 3 === 0) assert.equal(store.delete(id), true);
    if (n % 3 === 1) assert.ok(store.update(id, { content: 'changed', title: null, tags: [] }));
    if (n % 3 === 2) {
      const imported = { id, content: 'imported', title: null, tags: [], project: null };
      assert.deepEqual(store.import([{ ...imported, updatedAt: Date.UTC(2030, 0, 1) }]), ['updated']);
    }
  }
}

test('what was deleted, changed or imported over is in no file, as soon as that is acknowledged', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  const ids = fill(store);
  assert.deepEqual(readableIn(dataDir, secrets), secrets, 'the secrets can be read while they are there');
  forgetAll(store, ids);
  assert.deepEqual(readableIn(dataDir, secrets), []);
  assert.equal(store.counts().memories, 100 + 66);
  assert.equal(store.search('walrus', { filter: {}, limit: 100 }).length, 100);
  store.close();
  assert.deepEqual(readableIn(dataDir, secrets), []);
});

test('whatever a text is made of, all of its words leave the full-text table', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom(' ', '\u0000', 'İ', 'ß'), fc.string({ unit: 'binary' })),
  });
  fc.assert(
    fc.property(text, text, fc.array(text, { maxLength: 3 }), (content, title, tags) => {
      assert.equal(store.delete(store.add({ content, title, tags }).id), true);
    }),
  );
  const db = new DatabaseSync(join(dataDir, 'memories.db'));
  t.after(() => db.close());
  db.exec("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'memory_words', 'row')");
  assert.deepEqual(db.prepare('SELECT term FROM vocabulary').all(), []);
  db.exec("INSERT INTO memory_words (memory_words) VALUES ('integrity-check')");
});

test('a stored word list forgets, and so does one that is stored later', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t, 32);
  const ids = fill(store);
  await store.settle();
  const db = new DatabaseSync(join(dataDir, 'memories.db'), { readOnly: true });
  const postings = db.prepare('SELECT count(*) AS n FROM word_postings WHERE word = ?');
  const isListed = (word: string) => (postings.get(word) as { n: number }).n > 0;
  assert.ok(isListed(secret(0)));
  forgetAll(store, ids);
  assert.ok(!isListed(secret(0)));
  db.close();

  // These are only in memory when they are deleted, the second one by another process.
  const [own, other] = [store.add({ content: secret(200) }), store.add({ content: secret(201) })];
  await store.settle();
  store.delete(own.id);
  const process2 = createStore(dataDir, clock, () => undefined, { segmentSize: 32 });
  process2.delete(other.id);
  process2.close();
  for (let n = 0; n < 64; n += 1) store.add({ content: `filler ${n}` });
  await store.settle();
  assert.deepEqual(readableIn(dataDir, [...secrets, secret(200), secret(201)]), []);
  assert.deepEqual(store.search('password', { filter: {}, limit: 10 }), []);
});

test('a log that another process reads is emptied when that lets go', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const { id } = store.add({ content: secret(1) });
  const reader = new DatabaseSync(join(dataDir, 'memories.db'), { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM memories').get();
  assert.equal(store.delete(id), true);
  assert.deepEqual(readableIn(dataDir, [secret(1)]), [secret(1)], 'the reader still sees it');
  reader.exec('COMMIT');
  reader.close();
  clock.advance(1_000);
  await store.settle();
  assert.deepEqual(readableIn(dataDir, [secret(1)]), []);
});

test('the space of what was deleted comes back', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const content = 'words enough to fill some pages of the file, one after the other '.repeat(60);
  const memories = Array.from({ length: 300 }, (_, n) => ({
    ...{ id: `id-${n}`, content: `${n} ${content}`, title: null, tags: ['x'], project: null },
  }));
  store.import(memories);
  await store.settle();
  store.close();
  const size = () => statSync(join(dataDir, 'memories.db')).size;
  const before = size();
  const again = createStore(dataDir, clock, () => undefined);
  t.after(() => again.close());
  for (let n = 0; n < 300; n += 3) again.delete(`id-${n}`);
  clock.advance(60_000);
  await again.settle();
  assert.ok(size() < before * 0.75, `${before} bytes before, ${size()} after`);
  assert.equal(again.counts().memories, 200);
  assert.equal(again.search('"some pages"', { filter: {}, limit: 100 }).length, 100);
});

test('kill -9 right after a deletion was acknowledged leaves nothing of it, nor does the next start', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const dataDir = fixture.getPath('data');
  const { child, port } = await startDaemonProcess(t, dataDir);
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  const call = async (name: string, args: Record<string, unknown>) => {
    const { isError, structuredContent } = await client.callTool({ name, arguments: args });
    assert.notEqual(isError, true);
    return structuredContent as { memory: { id: string } };
  };
  const ids: string[] = [];
  for (const content of secrets) ids.push((await call('store_memory', { content })).memory.id);
  for (const [n, id] of ids.entries()) {
    if (n % 2 === 0) await call('delete_memory', { id });
    else await call('update_memory', { id, content: 'changed' });
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(readableIn(dataDir, secrets), []);
  assert.ok(existsSync(join(dataDir, 'memories.db-wal')));
  const next = await startDaemonProcess(t, dataDir);
  await until('the store is opened', () => existsSync(join(dataDir, 'memories.db-shm')));
  assert.deepEqual(readableIn(dataDir, secrets), []);
  next.child.kill('SIGKILL');
  await once(next.child, 'exit');
});

// Made by the version before deletions were overwritten: of 60 memories 20 are deleted and 20 changed.
const earlier = join(import.meta.dirname, '..', '..', 'fixtures', 'stores', 'schema-1.db');
const gone = Array.from({ length: 60 }, (_, n) => n).filter((n) => n % 3 !== 2);

function assertCleaned(store: Store, dataDir: string): void {
  assert.deepEqual(readableIn(dataDir, gone.map(secret)), []);
  assert.equal(store.counts().memories, 40);
  const find = (text: string) => store.search(text, { filter: {}, limit: 50 }).map(({ title }) => title);
  assert.deepEqual(find(secret(5)), ['Memory 5']);
  assert.equal(find('password').length, 40);
  assert.equal(store.delete(store.list({}, 1)?.memories[0]?.id ?? ''), true);
  assert.equal(find('password').length, 39);
}

test('an earlier store is freed of what was deleted from it', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  cpSync(earlier, fixture.getPath('memories.db'));
  assert.ok(readableIn(fixture.path, gone.map(secret)).length > 0, 'the fixture has what is to be cleaned');
  const store = createStore(fixture.path, holdClock(), (event) => assert.fail(event));
  t.after(() => store.close());
  // Until it is done, the store answers as it did, and forgets as well.
  const [first] = store.search(secret(5), { filter: {}, limit: 1 });
  assert.equal(first?.title, 'Memory 5');
  await store.settle();
  assertCleaned(store, fixture.path);
});

test('killed anywhere, the cleaning of an earlier store goes on at the next start', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const original = fixture.getPath('original');
  mkdirSync(original);
  cpSync(earlier, join(original, 'memories.db'));
  const store = createStore(original, holdClock(), (event) => assert.fail(event));
  t.after(() => store.close());
  store.recover();
  let settled = false;
  const settling = store.settle().then(() => {
    settled = true;
  });
  // A copy of the files is what a kill at that moment leaves.
  const copies: string[] = [];
  while (!settled) {
    const copy = fixture.getPath(`copy-${copies.length}`);
    mkdirSync(copy);
    for (const name of ['memories.db', 'memories.db-wal']) cpSync(join(original, name), join(copy, name));
    copies.push(copy);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await settling;
  assert.ok(copies.length >= 2, `${copies.length} copies`);
  for (const copy of copies) {
    const next = createStore(copy, holdClock(), (event) => assert.fail(event));
    await next.settle();
    assertCleaned(next, copy);
    next.close();
  }
});
