import assert from 'node:assert/strict';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { served } from './served.ts';

const oldLog = '{"ts":"2025-02-04T15:00:00Z","type":"prompt","content":"hi"}\n';

test('a directory of claude-mneme’s server is used in place: files, times and a live lock', async (t) => {
  const lock = {
    clientId: 'laptop-1a2b',
    acquiredAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  };
  const name = '-home-me-Projects-demo';
  const { root, ask } = await served(t, {
    projects: {
      [name]: {
        'log.jsonl': oldLog,
        'summary.json': '{}',
        '.lock.json': JSON.stringify(lock, null, 2),
        'other.txt': 'x',
      },
    },
  });
  const time = new Date('2025-02-04T15:00:00.123Z');
  await utimes(join(root, name, 'log.jsonl'), time, time);

  const files = (await ask('GET', `${name}/files`)).json.files as { name: string; mtime: string }[];
  assert.deepEqual(
    files.map((file) => file.name),
    ['log.jsonl', 'summary.json'],
  );
  assert.equal(files[0]?.mtime, time.toISOString());
  assert.deepEqual((await ask('GET', `${name}/files/log.jsonl`)).json, {
    content: oldLog,
    mtime: time.toISOString(),
  });
  assert.deepEqual((await ask('GET', `${name}/lock`)).json, { locked: true, lock });
  assert.equal((await ask('POST', `${name}/lock`, { client: 'desktop' })).status, 409);
  assert.equal(
    (await ask('PUT', `${name}/files/log.jsonl`, { client: 'laptop-1a2b', body: 'new\n' })).status,
    200,
  );
  assert.equal(await readFile(join(root, name, 'log.jsonl'), 'utf8'), 'new\n');
  assert.deepEqual(await readdir(root), [name]);
  assert.deepEqual(await readdir(join(root, name, '.shared')), ['.lock.json', 'log.jsonl', 'summary.json']);
  assert.equal(await readFile(join(root, name, 'other.txt'), 'utf8'), 'x', 'what is not ours stays');
});

test('ids that shared a directory there each go on with all of it and then part', async (t) => {
  const { root, ask } = await served(t, { projects: { a_b: { 'log.jsonl': oldLog } } });
  const content = async (id: string) => (await ask('GET', `${id}/files/log.jsonl`)).json.content;
  assert.equal(await content('a%2Fb'), oldLog);
  assert.equal(await content('a.b'), oldLog);
  assert.equal(await content('a_b'), oldLog);
  assert.deepEqual(await readdir(root), ['a_b'], 'reading splits nothing');

  for (const id of ['a%2Fb', 'a_b', 'a.b']) {
    assert.equal(
      (await ask('POST', `${id}/lock`, { client: `client of ${id}` })).status,
      200,
      'no lock in common',
    );
    assert.equal(await content(id), oldLog);
    assert.equal(
      (await ask('PUT', `${id}/files/log.jsonl`, { client: `client of ${id}`, body: `of ${id}\n` })).status,
      200,
    );
  }
  for (const id of ['a%2Fb', 'a_b', 'a.b']) assert.equal(await content(id), `of ${id}\n`);
  assert.deepEqual((await readdir(root)).sort(), ['a%2Eb', 'a%2Fb', 'a_b']);
});

test('a client that held the lock of a shared directory goes on through the split', async (t) => {
  const lock = {
    clientId: 'laptop',
    acquiredAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  };
  const { ask, root } = await served(t, {
    projects: { my_project: { 'log.jsonl': oldLog, '.lock.json': JSON.stringify(lock) } },
  });
  assert.equal((await ask('POST', 'my.project/lock/heartbeat', { client: 'laptop' })).status, 200);
  assert.equal(
    (await ask('PUT', 'my.project/files/log.jsonl', { client: 'laptop', body: 'more\n' })).status,
    200,
  );
  assert.equal(await readFile(join(root, 'my_project', 'log.jsonl'), 'utf8'), oldLog);
});

test('a killed split is begun again', async (t) => {
  const { root, ask } = await served(t, {
    projects: { a_b: { 'log.jsonl': oldLog }, '.sync-0123456789abcdef': { 'log.jsonl': 'half' } },
  });
  assert.equal((await ask('POST', 'a%2Fb/lock', { client: 'c' })).status, 200);
  assert.equal((await ask('GET', 'a%2Fb/files/log.jsonl')).json.content, oldLog);
  assert.deepEqual((await readdir(root)).sort(), ['a%2Fb', 'a_b']);
});

test('OPTIONS and names that are not synced are answered as claude-mneme’s server does', async (t) => {
  const { server, ask } = await served(t, {});
  for (const path of ['demo/lock', 'demo/files/log.jsonl', 'demo/anything']) {
    const answer = await fetch(`${server.url}/projects/${path}`, { method: 'OPTIONS' });
    assert.equal(answer.status, 204, path);
    assert.equal(await answer.text(), '');
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  }
  assert.equal((await ask('POST', 'demo/lock', { client: 'laptop' })).status, 200);
  assert.equal((await ask('PUT', 'demo/files/notes.txt', { client: 'laptop', body: 'x' })).status, 403);
  assert.equal((await ask('PUT', 'demo/files/notes.txt', { body: 'x' })).status, 400, 'without a client id');
  assert.equal((await ask('GET', 'demo/files/notes.txt')).status, 400);
});
