import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { backUp, restoreBackup, verifyStore } from '../../../src/daemon/store/backup.ts';
import { createStore } from '../../../src/daemon/store/index.ts';
import { repairStore } from '../../../src/daemon/transfer/repair.ts';
import { systemFiles } from '../../../src/system/files.ts';
import { openTestStore } from '../../support/store.ts';

test('a backup has what was stored when it was made, is only for this user, and replaces an earlier one', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  const [path, to] = [`${dataDir}/memories.db`, `${dataDir}/backup.db`];
  store.add({ content: 'the walrus' });
  assert.equal(backUp(path, to), 1);
  store.add({ content: 'the seal' });
  assert.equal(verifyStore(to), 1);
  assert.equal(backUp(path, to), 2);
  if (process.platform !== 'win32') assert.equal(statSync(to).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => name.startsWith('backup')),
    ['backup.db'],
  );
});

test('a store that is damaged gives no backup, and an earlier one stays', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  const [path, to] = [`${dataDir}/memories.db`, `${dataDir}/backup.db`];
  for (let n = 0; n < 50; n += 1) store.add({ content: `the walrus ${n} `.repeat(50) });
  backUp(path, to);
  store.close();
  truncateSync(path, 8192);
  assert.throws(() => backUp(path, to), /malformed|damaged/);
  assert.equal(verifyStore(to), 50);
  assert.equal(existsSync(`${to}.part`), false);
});

test('a restore brings back the backup, and what it replaces can be restored', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const [path, to, kept] = [`${dataDir}/memories.db`, `${dataDir}/backup.db`, `${dataDir}/kept.db`];
  store.add({ content: 'the walrus' });
  backUp(path, to);
  store.add({ content: 'the seal' });
  store.close();
  assert.equal(restoreBackup(to, path, kept), 1);
  assert.equal(restoreBackup(kept, path, `${dataDir}/kept-2.db`), 2);
  const again = createStore(dataDir, clock, assert.fail);
  t.after(() => again.close());
  assert.equal(again.search('walrus seal', { filter: {}, limit: 5 }).length, 2);
});

test('a backup that is damaged or of a newer schema is refused before anything changes', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  const [path, from] = [`${dataDir}/memories.db`, `${dataDir}/backup.db`];
  store.add({ content: 'the walrus' });
  store.close();
  const before = readFileSync(path);
  writeFileSync(from, 'no database');
  assert.throws(() => restoreBackup(from, path, `${dataDir}/kept.db`), /not a database/);
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(dataDir).sort(), ['backup.db', 'memories.db']);
});

test('a repair makes a whole store of what can be read, and keeps the damaged file', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  const [path, kept] = [`${dataDir}/memories.db`, `${dataDir}/damaged.db`];
  for (let n = 0; n < 200; n += 1)
    store.add({ content: `the walrus of day ${n} `.repeat(10), tags: [`day-${n}`] });
  store.close();
  const bytes = readFileSync(path);
  const page = Math.floor(bytes.indexOf('of day 150 ') / 4096);
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.alloc(4096),
      bytes.subarray(4096, page * 4096),
      Buffer.alloc(4096),
      bytes.subarray((page + 1) * 4096),
    ]),
  );
  const damaged = readFileSync(path);
  const { recovered, lost } = await repairStore({ files: systemFiles, clock }, dataDir, kept);
  assert.equal(recovered + lost, 200);
  assert.ok(lost >= 1 && lost < 20, `${lost} lost`);
  assert.deepEqual(readFileSync(kept), damaged);
  assert.equal(verifyStore(path), recovered);
  const again = createStore(dataDir, clock, assert.fail);
  t.after(() => again.close());
  assert.equal(again.search('walrus', { filter: {}, limit: 300 }).length, recovered);
  assert.equal(again.list({ tags: ['day-7'] }, 5)?.memories.length, 1);
});

test('a repair that finds no memory changes nothing', async (t) => {
  const { store, dataDir, clock } = await openTestStore(t);
  store.add({ content: 'x' });
  store.close();
  const path = `${dataDir}/memories.db`;
  writeFileSync(path, Buffer.alloc(8192));
  const repairing = repairStore({ files: systemFiles, clock }, dataDir, `${dataDir}/kept.db`);
  await assert.rejects(repairing, /no memory in .* can be read/);
  assert.deepEqual(readdirSync(dataDir), ['memories.db']);
});
