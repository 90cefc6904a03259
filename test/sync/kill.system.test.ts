import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createFixture } from 'fs-fixture';
import { call, key, startServer } from '../daemon/sync/server.ts';
import { until } from '../support/until.ts';
import { createMachine } from './machine.ts';

const noSignals = process.platform === 'win32' ? 'Windows ends a process without asking it' : false;

async function setUp(t: TestContext, lockTtlMs: number) {
  const fixture = await createFixture({});
  const server = await startServer(join(fixture.path, 'projects'), { lockTtlMs });
  const machine = await createMachine();
  t.after(async () => {
    await server.close();
    await machine.fixture.rm();
    await fixture.rm();
  });
  const locked = async () => (await call(server.url, 'GET', '/projects/demo/lock')).json.locked === true;
  function start(...args: string[]): ChildProcess {
    const script = join(import.meta.dirname, 'sync-child.ts');
    const [action = '', ...flags] = args;
    const argv = [
      '--disable-warning=ExperimentalWarning',
      script,
      action,
      server.url,
      machine.folder,
      ...flags,
    ];
    const child = spawn(process.execPath, argv, {
      stdio: 'ignore',
      env: { ...process.env, MEMORYD_SYNC_KEY: key },
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  }
  async function store(name: string, body: string) {
    await call(server.url, 'POST', '/projects/demo/lock', { client: 'w' });
    const put = await call(server.url, 'PUT', `/projects/demo/files/${name}`, { client: 'w', body });
    assert.equal(put.status, 200);
    await call(server.url, 'DELETE', '/projects/demo/lock', { client: 'w' });
  }
  return { machine, locked, start, store };
}

test('a client that is killed leaves its lock for one TTL and no longer', async (t) => {
  const { start, locked } = await setUp(t, 800);
  const child = start('pull', '--hold');
  await until('it holds', locked);
  await delay(1600);
  assert.equal(await locked(), true, 'while it lives the heartbeat does its work');
  child.kill('SIGKILL');
  await until('the lock ran out', async () => !(await locked()), 5000);
});

test('a client that is asked to end hands its lock back at once', { skip: noSignals }, async (t) => {
  const { start, locked } = await setUp(t, 60_000);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const child = start('pull', '--hold');
    await until('it holds', locked);
    const exited = once(child, 'exit');
    child.kill(signal);
    assert.deepEqual(await exited, [0, null], signal);
    assert.equal(await locked(), false, signal);
  }
});

test('killed in the middle of pulls: a local file is always one whole version, and the last pull has the newest', {
  timeout: 120_000,
}, async (t) => {
  const { machine, start, store } = await setUp(t, 300);
  const version = (n: number) => `${n} `.repeat(400_000);
  const versions = new Set<string>();
  for (let round = 0; round < 6; round += 1) {
    versions.add(version(round));
    await until('the lock of the killed one ran out', async () => {
      await store('log.jsonl', version(round));
      return true;
    });
    const child = start('pull');
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), 120 + round * 40);
    await exited;
    clearTimeout(timer);
    const text = await machine.read('log.jsonl').catch((error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'ENOENT');
      return undefined;
    });
    if (text !== undefined) assert.ok(versions.has(text), 'a torn file');
  }
  await until('a pull came through', async () => {
    const [code] = await once(start('pull'), 'exit');
    assert.equal(code, 0);
    return (await machine.read('log.jsonl')) === version(5);
  });
  for (const { text } of await machine.backups()) assert.ok(versions.has(text), 'a torn backup');
});
