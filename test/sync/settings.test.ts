import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemorydError } from '../../src/errors.ts';
import { key } from '../daemon/sync/server.ts';
import { freePort } from '../support/host-home.ts';
import { createMachine } from './machine.ts';
import { setUp } from './machines.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

test('the key comes from the environment or from a file that only its owner can read, never from argv', async (t) => {
  const { url } = await setUp(t, {});
  const machine = await createMachine({ 'log.jsonl': 'x' }, null);
  t.after(() => machine.fixture.rm());
  const refused = await machine.run('push', url);
  assert.equal(refused.code, 0);
  assert.match(refused.talk, /the server answered 401/);

  const file = join(machine.fixture.path, 'config', 'sync.key');
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  assert.match((await machine.run('push', url)).out, /uploaded/);
  const other = join(machine.fixture.path, 'other.key');
  await assert.rejects(machine.run('push', url, { keyFile: other }), isError('configuration'));
  await writeFile(other, 'two words', { mode: 0o600 });
  await assert.rejects(machine.run('push', url, { keyFile: other }), isError('configuration'));
  if (process.platform === 'win32') return;
  await chmod(file, 0o640);
  await assert.rejects(machine.run('push', url), isError('permission'));
});

test('the command goes on locally with --graceful and without a word, and fails with --no-graceful', async (t) => {
  const machine = await createMachine({ 'log.jsonl': 'mine' }, null);
  t.after(() => machine.fixture.rm());
  const where = [
    '--server',
    `http://127.0.0.1:${await freePort()}`,
    '--project',
    'demo',
    '--dir',
    machine.folder,
  ];
  const env = { HOME: machine.fixture.path, PATH: process.env.PATH };
  for (const [flags, code] of [
    [[], 0],
    [['--graceful'], 0],
    [['--no-graceful'], 1],
  ] as const) {
    const argv = ['--disable-warning=ExperimentalWarning', main, 'sync', 'push', ...where, ...flags];
    const { status, stderr } = spawnSync(process.execPath, argv, { env, encoding: 'utf8' });
    assert.match(stderr, /^memoryd: the server cannot be reached: /);
    assert.equal(status, code, flags.join());
  }
  assert.equal(await machine.read('log.jsonl'), 'mine');
});

test('bad servers, projects and keys in the URL are usage errors', async (t) => {
  const { url, a } = await setUp(t, {});
  for (const server of ['', 'localhost:1', 'ftp://x', 'file:///etc', url.replace('//', '//user:secret@')]) {
    await assert.rejects(a.run('pull', server), isError('usage'), server);
  }
  for (const project of ['', '.', '..', 'a\0b']) {
    await assert.rejects(a.run('pull', url, { project }), isError('usage'), JSON.stringify(project));
  }
  await assert.rejects(a.run('run', url, { command: [] }), isError('usage'));
});

test('without --dir it is claude-mneme’s folder of that project', async (t) => {
  const { url, a, b } = await setUp(t, { 'log.jsonl': 'x' }, {});
  const project = '-home-me-my.project';
  await a.run('push', url, { project });
  assert.equal((await b.run('pull', url, { project, defaultFolder: true })).code, 0);
  const projects = join(b.fixture.path, 'home', '.claude-mneme', 'projects');
  assert.deepEqual(await readdir(join(projects, project)), ['.memoryd-sync', 'log.jsonl']);
  await assert.rejects(b.run('pull', url, { project: 'a/b', defaultFolder: true }), isError('usage'));
});

function isError(kind: string) {
  return (error: unknown) => error instanceof MemorydError && error.kind === kind;
}
