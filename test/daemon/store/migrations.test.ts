import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { createStore } from '../../../src/daemon/store/index.ts';
import { schemaVersion } from '../../../src/daemon/store/migrations.ts';
import { holdClock } from '../../support/held-clock.ts';

// A store of each earlier schema, written by the version that had it.
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'stores');

test('there is a store of every earlier schema', () => {
  const expected = Array.from({ length: schemaVersion - 1 }, (_, n) => `schema-${n + 1}.db`);
  assert.deepEqual(readdirSync(fixtures).toSorted(), expected);
});

for (const name of readdirSync(fixtures)) {
  test(`${name} keeps its memories, and what came later works in it`, async (t) => {
    const fixture = await createFixture({});
    t.after(() => fixture.rm());
    cpSync(join(fixtures, name), fixture.getPath('memories.db'));
    const store = createStore(fixture.path, holdClock(new Date('2026-12-01')), (event) => assert.fail(event));
    t.after(() => store.close());
    await store.settle();
    const before = [...store.export()];
    assert.ok(before.length > 30);
    const [memory] = before;
    assert.ok(memory !== undefined);
    assert.equal(store.search(`"${memory.title}"`, { filter: {}, limit: 1 })[0]?.id, memory.id);
    const same = { ...memory, title: undefined, project: memory.project ?? undefined };
    assert.deepEqual(
      store.addAll([{ content: same.content, project: same.project }], 'skip').map(({ stored }) => stored),
      [false],
    );
    store.add({ content: 'new one', thread: 't', importance: 1, expiresAt: Date.UTC(2027, 0) });
    assert.equal([...store.export()].length, before.length + 1);
    assert.deepEqual(store.update(memory.id, { importance: 0.2 })?.importance, 0.2);
    assert.equal(store.delete(memory.id), true);
  });
}

test('projects of an earlier store are found in either case, with those above them', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  cpSync(join(fixtures, 'schema-2.db'), fixture.getPath('memories.db'));
  const store = createStore(fixture.path, holdClock(), (event) => assert.fail(event));
  t.after(() => store.close());
  const all = store.count({});
  assert.equal(store.count({ project: 'ALPHA/beta' }), all);
  assert.equal(store.count({ project: 'alpha/beta', projectOnly: true }), 13);
  assert.equal(store.count({ project: 'alpha' }), all - 13);
});
