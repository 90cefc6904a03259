import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { MemorydError } from '../../src/errors.ts';
import { call } from '../daemon/sync/server.ts';
import { until } from '../support/until.ts';
import { lockTtlMs, script, setUp } from './short-locks.ts';

test('run holds the lock over several TTLs, uploads what the command wrote and hands the lock back', async (t) => {
  const { url, machine, other, lock } = await setUp(t, { 'log.jsonl': 'before ' });
  const running = machine.run('run', url, { command: script(machine.folder, 7) });
  const first = await until('the lock is held', lock);
  await delay(2.5 * lockTtlMs);
  const later = await lock();
  assert.equal(later?.clientId, first.clientId, 'still the same holder after two and a half TTLs');
  assert.ok(Date.parse(later.expiresAt) - Date.parse(first.expiresAt) > lockTtlMs);
  assert.match((await other.run('pull', url)).talk, /locked by/);
  await machine.write('gate', '');
  assert.equal((await running).code, 7, 'the command’s own exit code');
  assert.equal(await lock(), null);
  assert.equal((await other.run('pull', url)).out.trim().split(/\s+/).join(' '), 'log.jsonl downloaded');
  assert.equal(await other.read('log.jsonl'), 'before written by the command');
});

test('a lock lost to another client: told, the command goes on, nothing of theirs is overwritten', async (t) => {
  const { url, machine, root, lock } = await setUp(t, { 'log.jsonl': 'before ' });
  const running = machine.run('run', url, { command: script(machine.folder) });
  await until('the lock is held', lock);
  await until('somebody else has it', async () => {
    await rm(join(root, 'demo', '.lock.json'), { force: true });
    return (await call(url, 'POST', '/projects/demo/lock', { client: 'thief' })).status === 200;
  });
  const put = await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'thief', body: 'theirs' });
  assert.equal(put.status, 200);
  const keep = setInterval(
    () => void call(url, 'POST', '/projects/demo/lock/heartbeat', { client: 'thief' }),
    200,
  );
  t.after(() => clearInterval(keep));
  await delay(lockTtlMs);
  await machine.write('gate', '');
  const ended = await running;
  assert.equal(ended.code, 0);
  assert.match(ended.talk, /locked by thief/);
  assert.equal(await machine.read('log.jsonl'), 'before written by the command');
  assert.equal((await call(url, 'GET', '/projects/demo/files/log.jsonl')).json.content, 'theirs');
});

test('two runs in one folder keep each other out; what a pull left behind is handed over', async (t) => {
  const { url, machine, lock } = await setUp(t);
  await machine.run('pull', url);
  const running = machine.run('run', url, { command: script(machine.folder) });
  await until('the run has the lock', async () => (await lock())?.clientId.includes('-run-'));
  const second = await machine.run('run', url, { command: [process.execPath, '-e', ''], graceful: false });
  assert.equal(second.code, 1);
  assert.match(second.talk, /locked by .*-run-/);
  await machine.write('gate', '');
  assert.equal((await running).code, 0);
});

test('the server down: run works on alone, or not at all with --no-graceful', async (t) => {
  const { url, server, machine } = await setUp(t);
  await server.close();
  const command = [
    process.execPath,
    '-e',
    `require('node:fs').writeFileSync(${JSON.stringify(join(machine.folder, 'ran'))}, '')`,
  ];
  assert.equal((await machine.run('run', url, { command, graceful: false })).code, 1);
  assert.equal(existsSync(join(machine.folder, 'ran')), false);
  const run = await machine.run('run', url, { command });
  assert.equal(run.code, 0);
  assert.match(run.talk, /cannot be reached/);
  assert.equal(existsSync(join(machine.folder, 'ran')), true);
});

test('a command that is not there gives the lock back at once', async (t) => {
  const { url, machine, lock } = await setUp(t);
  const command = [join(machine.folder, 'no-such-command')];
  await assert.rejects(machine.run('run', url, { command }), (error) => error instanceof MemorydError);
  assert.equal(await lock(), null);
});

test('SIGTERM reaches the command, and what it wrote is still uploaded', {
  skip: process.platform === 'win32' ? 'Windows ends a process without asking it' : false,
}, async (t) => {
  const { url, machine, lock } = await setUp(t);
  const write = `process.on('SIGTERM', () => { require('node:fs').writeFileSync(${JSON.stringify(join(machine.folder, 'log.jsonl'))}, 'last words'); process.exit(3); });`;
  const ready = `require('node:fs').writeFileSync(${JSON.stringify(join(machine.folder, 'ready'))}, ''); setInterval(() => {}, 1000);`;
  const running = machine.run('run', url, { command: [process.execPath, '-e', write + ready] });
  await until('the command is ready', () => existsSync(join(machine.folder, 'ready')));
  machine.signal('SIGTERM');
  assert.equal((await running).code, 3);
  assert.equal((await call(url, 'GET', '/projects/demo/files/log.jsonl')).json.content, 'last words');
  assert.equal(await lock(), null);
});

test('asked to end while the pull is under way: the lock is handed back, the command is not started', async (t) => {
  const { url, server, machine, lock } = await setUp(t);
  server.server.on('request', (request) => {
    if (request.url === '/projects/demo/files') machine.signal('SIGTERM');
  });
  const command = [
    process.execPath,
    '-e',
    `require('node:fs').writeFileSync(${JSON.stringify(join(machine.folder, 'ran'))}, '')`,
  ];
  assert.equal((await machine.run('run', url, { command })).code, 143);
  assert.equal(existsSync(join(machine.folder, 'ran')), false);
  assert.equal(await lock(), null);
  for (const hold of [false, true]) {
    assert.equal((await machine.run('pull', url, { hold })).code, 0);
    assert.equal(await lock(), null, hold ? 'pull --hold' : 'pull');
  }
});
