import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createFixture, type FileTree } from 'fs-fixture';
import { MemorydError } from '../../src/errors.ts';
import { beatInterval } from '../../src/sync/heartbeat.ts';
import { call, startServer } from '../daemon/sync/server.ts';
import { until } from '../support/until.ts';
import { createMachine } from './machine.ts';

const lockTtlMs = 900;

async function setUp(t: TestContext, tree: FileTree = {}) {
  const fixture = await createFixture({});
  const root = join(fixture.path, 'projects');
  const server = await startServer(root, { lockTtlMs });
  const [machine, other] = [await createMachine(tree), await createMachine()];
  t.after(async () => {
    await server.close();
    await machine.fixture.rm();
    await other.fixture.rm();
    await fixture.rm();
  });
  const lock = async () =>
    (await call(server.url, 'GET', '/projects/demo/lock')).json.lock as {
      clientId: string;
      expiresAt: string;
    } | null;
  return { server, url: server.url, root, machine, other, lock };
}

/** A command that writes to a file of the folder when it ends; `gate` ends it. */
function script(folder: string, code = 0): string[] {
  const text = `
    const fs = require('node:fs');
    const wait = setInterval(() => {
      if (!fs.existsSync('gate')) return;
      clearInterval(wait);
      fs.appendFileSync('log.jsonl', 'written by the command');
      process.exitCode = ${code};
    }, 20);`;
  return [process.execPath, '-e', `process.chdir(${JSON.stringify(folder)});${text}`];
}

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
