import assert from 'node:assert/strict';
import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '../daemon/sync/server.ts';
import { setUp } from './machines.ts';

test('what one machine pushes another pulls, byte for byte, and the lock goes from hand to hand', async (t) => {
  const log = '{"content":"x"}\n\uFEFF😀\0\r\n';
  const { url, a, b } = await setUp(t, { 'log.jsonl': log, 'summary.md': '', 'other.txt': 'not synced' }, {});
  const pushed = await a.run('push', url);
  assert.equal(pushed.code, 0);
  assert.match(pushed.out, /^log\.jsonl +uploaded$/m);

  const pulled = await b.run('pull', url);
  assert.equal(pulled.code, 0);
  assert.equal(pulled.talk, '');
  assert.equal(await b.read('log.jsonl'), log);
  assert.equal(await b.read('summary.md'), '');
  assert.deepEqual((await readdir(b.folder)).sort(), ['.memoryd-sync', 'log.jsonl', 'summary.md']);
  assert.deepEqual(await b.backups(), []);

  const held = (await call(url, 'GET', '/projects/demo/lock')).json;
  assert.equal(held.locked, true, 'pull keeps the lock');
  await b.write('log.jsonl', 'more');
  assert.equal((await b.run('push', url)).code, 0, 'push knows the lock of the pull before');
  assert.equal((await call(url, 'GET', '/projects/demo/lock')).json.locked, false, 'and hands it back');

  const again = await a.run('pull', url);
  assert.match(again.out, /^log\.jsonl +downloaded, backup /m);
  assert.equal(await a.read('log.jsonl'), 'more');
  assert.deepEqual(
    (await a.backups()).map(({ text }) => text),
    [log],
    'what was overwritten is kept',
  );
});

test('with nothing new nothing is sent, written or backed up', async (t) => {
  const { url, a, server } = await setUp(t, { 'log.jsonl': 'x', 'entities.json': '{}' });
  await a.run('push', url);
  const before = await stat(join(a.folder, 'log.jsonl'));
  await utimes(join(a.folder, 'log.jsonl'), new Date(), new Date());
  for (const action of ['pull', 'push', 'pull', 'push'] as const)
    assert.equal((await a.run(action, url)).out, '');
  assert.equal(server.api.counters().filesStored, 2);
  assert.equal(server.api.counters().filesServed, 0);
  assert.equal((await stat(join(a.folder, 'log.jsonl'))).ino, before.ino);
});

test('changed on both sides: the newer wins, the other is kept, and both are told', async (t) => {
  const { url, a, b } = await setUp(t, { 'log.jsonl': 'base' }, {});
  await a.run('push', url);
  await b.run('pull', url);
  await b.write('log.jsonl', 'from b');
  await b.run('push', url);

  await a.write('log.jsonl', 'from a, older');
  const old = new Date(Date.now() - 3_600_000);
  await utimes(join(a.folder, 'log.jsonl'), old, old);
  const refused = await a.run('push', url);
  assert.match(refused.talk, /changed on both sides and the server's is newer: pull/);
  assert.equal(await a.read('log.jsonl'), 'from a, older');
  const pulled = await a.run('pull', url);
  assert.match(pulled.talk, /yours is kept as/);
  assert.equal(await a.read('log.jsonl'), 'from b');
  assert.deepEqual(
    (await a.backups()).map(({ text }) => text),
    ['from a, older'],
  );
  await a.write('log.jsonl', 'from a, later');
  await a.run('push', url);

  await b.write('log.jsonl', 'from b, newest');
  const future = new Date(Date.now() + 3_600_000);
  await utimes(join(b.folder, 'log.jsonl'), future, future);
  const won = await b.run('push', url, { json: true });
  const [file] = (won.document as unknown as { files: { did: string; backup: string; warning: string }[] })
    .files;
  assert.equal(file?.did, 'uploaded');
  assert.match(file?.warning ?? '', /the server's is kept as/);
  const kept = (await b.backups()).find(({ name }) => name.includes('-server-'));
  assert.equal(kept?.text, 'from a, later');
  await a.run('pull', url);
  assert.equal(await a.read('log.jsonl'), 'from b, newest');
});

test('two sides that are equal from the start agree without copying anything', async (t) => {
  const { url, a, b, server } = await setUp(t, { 'log.jsonl': 'same' }, { 'log.jsonl': 'same' });
  await a.run('push', url);
  assert.equal((await b.run('pull', url)).talk, '');
  assert.equal((await b.run('push', url)).talk, '');
  assert.equal(server.api.counters().filesStored, 1);
  assert.deepEqual(await b.backups(), []);
});

test('a lost or broken state costs a backup, never content', async (t) => {
  const { url, a } = await setUp(t, { 'log.jsonl': 'one' });
  await a.run('push', url);
  await writeFile(join(a.folder, '.memoryd-sync', 'state.json'), '{"schema":1,"clientId":');
  await a.write('log.jsonl', 'two');
  await a.run('push', url);
  assert.equal((await call(url, 'GET', '/projects/demo/files/log.jsonl')).json.content, 'two');
  assert.deepEqual(
    (await a.backups()).map(({ text }) => text),
    ['one'],
  );
});

test('backups are capped per file, oldest first', async (t) => {
  const { url, a, root } = await setUp(t, {});
  await a.run('pull', url);
  for (let n = 0; n < 24; n += 1) {
    await rm(join(root, 'demo', '.lock.json'), { force: true });
    await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
    const body = `version ${n}`;
    await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'w', body });
    if (n === 0) await call(url, 'PUT', '/projects/demo/files/summary.md', { client: 'w', body });
    if (n === 1) await call(url, 'PUT', '/projects/demo/files/summary.md', { client: 'w', body });
    await rm(join(root, 'demo', '.lock.json'));
    await a.run('pull', url);
  }
  const backups = await a.backups();
  const of = (name: string) => backups.filter((backup) => backup.name.endsWith(name)).map(({ text }) => text);
  const newest = Array.from({ length: 20 }, (_, index) => `version ${index + 3}`);
  assert.deepEqual(of('-log.jsonl'), newest);
  assert.deepEqual(of('-summary.md'), ['version 0'], 'one file does not push out another');
});

test('what is not UTF-8 is neither sent nor overwritten', async (t) => {
  const { url, a } = await setUp(t, { 'log.jsonl': Buffer.from([0xff, 0xfe, 0x00]), 'summary.md': 'fine' });
  const pushed = await a.run('push', url);
  assert.match(pushed.talk, /log\.jsonl is not UTF-8 text and is not sent/);
  assert.match(pushed.out, /summary\.md +uploaded/);
  await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
  await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'w', body: 'text' });
  await call(url, 'DELETE', '/projects/demo/lock', { client: 'w' });
  assert.match((await a.run('pull', url)).talk, /stays as it is/);
  assert.equal((await stat(join(a.folder, 'log.jsonl'))).size, 3);
});

test('a file over the server’s limit stays here with a warning, the others go', async (t) => {
  const { url, a } = await setUp(t, { 'log.jsonl': 'x'.repeat(10 * 1024 * 1024 + 1), 'summary.md': 'fine' });
  const pushed = await a.run('push', url);
  assert.equal(pushed.code, 0);
  assert.match(pushed.talk, /log\.jsonl was not sent: the server answered 413/);
  assert.match(pushed.out, /summary\.md +uploaded/);
});

test('status and a dry run show both sides and change nothing', async (t) => {
  const { url, a, b } = await setUp(t, { 'log.jsonl': 'x', 'summary.md': 'y' }, { 'entities.json': '{}' });
  await a.run('push', url);
  const status = await b.run('status', url);
  assert.equal(
    status.out,
    'not locked\nlog.jsonl        newer on the server\nsummary.md       newer on the server\nentities.json    newer on this machine\n',
  );
  assert.equal((await b.run('pull', url, { dryRun: true })).out, status.out);
  assert.equal((await b.run('push', url, { dryRun: true })).out, status.out);
  assert.deepEqual(await readdir(b.folder), ['entities.json']);
  await b.run('pull', url);
  const held = await b.run('status', url, { json: true });
  assert.equal((held.document as unknown as { lock: { kind: string } }).lock.kind, 'ours');
  assert.match((await a.run('status', url)).out, /^locked by .* until 20/);
});
