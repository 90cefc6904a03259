import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { createStore } from '../../../src/daemon/store/index.ts';
import type { StartJob } from '../../../src/daemon/store/job/run.ts';
import { storeSchema } from '../../../src/service/store-problem.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { inspectSqliteFile } from '../../../src/system/sqlite-file.ts';
import { until } from '../../support/until.ts';

/** The directory of a store with 200 memories, which is closed, and how to open it. */
async function makeStore(t: TestContext) {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const path = join(fixture.path, 'memories.db');
  const open = () => {
    const store = createStore(fixture.path, systemClock, () => undefined, { service: 'notes' });
    t.after(() => store.close());
    return store;
  };
  const first = open();
  for (let n = 0; n < 200; n += 1) first.add({ content: `the walrus of day ${n} `.repeat(20) });
  assert.equal(first.problem(), undefined);
  first.close();
  assert.equal(open().problem(), undefined);
  return { path, open };
}

type Damage = (path: string) => void;

/** Each way to damage a store, what is said of it before and after it is used, and the command that helps. */
const damages: [string, Damage, string, RegExp, string][] = [
  [
    'cut off',
    (path) => truncateSync(path, 8192),
    'damaged',
    /is damaged: it has 8192 of \d+ bytes/,
    'memoryd repair notes',
  ],
  [
    'with a zeroed header',
    (path) => overwrite(path, 0, Buffer.alloc(100)),
    'damaged',
    /does not begin as a database/,
    'memoryd repair notes',
  ],
  [
    'of another kind',
    (path) => writeFileSync(path, 'a text'),
    'damaged',
    /does not begin as a database/,
    'memoryd repair notes',
  ],
  ['empty', (path) => truncateSync(path, 0), 'empty', /is empty: it has 0 bytes/, 'memoryd restore notes'],
  [
    'of a newer schema',
    (path) => setSchema(path, 99),
    'newer',
    /has schema 99, this memoryd knows \d+/,
    'npm install --global memoryd@latest',
  ],
];

function overwrite(path: string, at: number, bytes: Buffer): void {
  const all = readFileSync(path);
  bytes.copy(all, at);
  writeFileSync(path, all);
}

function setSchema(path: string, schema: number): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA user_version = ${schema}`);
  db.close();
}

for (const [what, damage, kind, reason, hint] of damages) {
  test(`N08: a store that is ${what} is never taken for whole or for a new one`, async (t) => {
    const { path, open } = await makeStore(t);
    damage(path);
    const before = readFileSync(path);
    const store = open();
    for (const moment of ['before it is used', 'after it was used']) {
      const problem = store.problem();
      assert.equal(problem?.kind, kind, moment);
      assert.match(problem?.reason ?? '', moment === 'before it is used' ? reason : /./);
      assert.ok(problem?.reason.includes(path), problem?.reason);
      assert.equal(problem?.hint, hint);
      assert.throws(() => {
        for (let n = 0; n < 200; n += 1) store.add({ content: 'new' });
        store.list({}, 200);
      });
    }
    store.close();
    assert.ok(kind === 'damaged' || readFileSync(path).equals(before), 'the file is left as it is');
  });
}

test('N08: a damaged page that an operation meets is remembered, though others succeed', async (t) => {
  const { path, open } = await makeStore(t);
  const page = Math.floor(readFileSync(path).indexOf('day 150 ') / 4096);
  overwrite(path, page * 4096, Buffer.alloc(2048, 0xee));
  const store = open();
  assert.equal(store.problem(), undefined, 'nothing was read yet');
  assert.throws(() => store.list({}, 200));
  assert.equal(store.problem()?.kind, 'damaged');
  assert.match(store.problem()?.reason ?? '', /memories\.db is damaged: database disk image is malformed/);
  assert.equal(store.get('none'), undefined);
  assert.equal(store.problem()?.kind, 'damaged');
});

test('N08: a store that could not be written is written again without a restart', async (t) => {
  const { path, open } = await makeStore(t);
  const store = open();
  const content = readFileSync(path);
  rmSync(path);
  // SQLite cannot open a directory, whoever asks.
  mkdirSync(path);
  assert.throws(() => store.add({ content: 'new' }));
  assert.equal(store.problem()?.kind, 'unreadable');
  rmdirSync(path);
  writeFileSync(path, content);
  assert.equal(store.problem(), undefined);
  assert.ok(store.add({ content: 'new' }).id);
  assert.equal(store.counts().memories, 201);
  assert.equal(store.problem(), undefined);
});

test('what a database file is, is told from its first bytes', async (t) => {
  const { path } = await makeStore(t);
  assert.deepEqual(inspectSqliteFile(path), { kind: 'database', userVersion: storeSchema, writable: true });
  assert.deepEqual(inspectSqliteFile(`${path}-no`), { kind: 'absent' });
});

test('N08: a store that an unclean end left is checked as a whole, and one that is damaged says so', async (t) => {
  const { path } = await makeStore(t);
  const checks: PromiseWithResolvers<void>[] = [];
  const startJob: StartJob = (name, checked) => {
    assert.deepEqual([name, checked], ['check', path]);
    const check = Promise.withResolvers<void>();
    checks.push(check);
    return { done: check.promise, kill: () => undefined };
  };
  const store = createStore(dirname(path), systemClock, () => undefined, { startJob, service: 'notes' });
  t.after(() => store.close());
  store.recover();
  assert.equal(checks.length, 1);
  checks[0]?.reject(new Error(`${path} is damaged: page 7`));
  const problem = await until('the problem is noted', () => store.problem());
  assert.deepEqual(problem, {
    kind: 'damaged',
    reason: `${path} is damaged: page 7`,
    hint: 'memoryd repair notes',
  });
});
