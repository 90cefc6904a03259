import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { beatInterval } from '../../src/sync/heartbeat.ts';
import { until } from '../support/until.ts';
import { lockTtlMs, script, setUp } from './short-locks.ts';

test('the beat is a third of the TTL the server grants, at most five minutes', () => {
  const lock = (seconds: number) => ({
    clientId: 'c',
    acquiredAt: new Date(0).toISOString(),
    expiresAt: new Date(seconds * 1000).toISOString(),
  });
  assert.equal(beatInterval(lock(30 * 60)), 5 * 60_000);
  assert.equal(beatInterval(lock(60)), 20_000);
  assert.equal(beatInterval(lock(0)), 100);
  assert.equal(beatInterval({ ...lock(1), expiresAt: 'later' }), 5 * 60_000);
});

test('without a heartbeat the lock runs out: pull alone promises one TTL', async (t) => {
  const { url, machine, other, lock } = await setUp(t, { 'log.jsonl': 'mine' });
  await machine.run('pull', url);
  assert.ok(await lock());
  await until('it ran out', async () => (await lock()) === null, 5000);
  assert.equal((await other.run('pull', url)).talk, '');
  assert.match((await machine.run('push', url)).talk, /locked by/, 'local only while the other has it');
  assert.equal((await other.run('push', url)).code, 0);
  assert.match((await machine.run('push', url)).out, /log\.jsonl +uploaded/, 'and pushed when it is free');
});

test('pull --hold keeps the lock until it is asked to end', async (t) => {
  const { url, machine, lock } = await setUp(t);
  const holding = machine.run('pull', url, { hold: true });
  await until('it holds', lock);
  const first = await lock();
  await delay(2 * lockTtlMs);
  assert.equal((await lock())?.clientId, first?.clientId);
  machine.signal('SIGTERM');
  const ended = await holding;
  assert.equal(ended.code, 0);
  assert.equal(await lock(), null);
});

test('pull --hold ends by itself when a push has handed the lock back, and does not take it again', async (t) => {
  const { url, machine, lock } = await setUp(t, { 'log.jsonl': 'x' });
  const holding = machine.run('pull', url, { hold: true, graceful: false });
  await until('it holds', lock);
  assert.match((await machine.run('push', url)).out, /uploaded/);
  const ended = await holding;
  assert.equal(ended.code, 0);
  assert.doesNotMatch(ended.talk, /lost|locked|403/);
  assert.equal(await lock(), null);
});

test('a lock that ran out while the machine slept is taken again when nobody else has it', async (t) => {
  const { url, machine, root, lock } = await setUp(t);
  const running = machine.run('run', url, { command: script(machine.folder) });
  const first = await until('the lock is held', lock);
  await rm(join(root, 'demo', '.lock.json'));
  const second = await until('it is taken again', lock);
  assert.equal(second.clientId, first.clientId);
  await machine.write('gate', '');
  assert.equal((await running).code, 0);
  assert.equal(await lock(), null);
});
