import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { heldClock } from './clock.ts';
import { served } from './served.ts';

const posix = process.platform === 'win32' ? 'Windows has no modes and guards symlinks by privilege' : false;

test('nothing is made by reading, refusing or handing back', async (t) => {
  const { fixture, ask } = await served(t, {});
  for (const [method, path] of [
    ['GET', 'x/files'],
    ['GET', 'x/lock'],
    ['GET', 'x/files/log.jsonl'],
    ['DELETE', 'x/lock'],
    ['POST', 'x/lock/heartbeat'],
    ['PUT', 'x/files/log.jsonl'],
  ] as const) {
    await ask(method, path, method === 'PUT' ? { client: 'c', body: 'x' } : { client: 'c' });
    assert.deepEqual(await readdir(fixture.path), [], `${method} ${path}`);
  }
});

test('everything made is for its owner alone, and what another server left open is closed', {
  skip: posix,
}, async (t) => {
  const { root, ask } = await served(t, {});
  await ask('POST', 'fresh/lock', { client: 'c' });
  await ask('PUT', 'fresh/files/summary.md', { client: 'c', body: 'x' });
  const mode = async (...path: string[]) => (await stat(join(root, ...path))).mode & 0o777;
  assert.equal(await mode(), 0o700);
  assert.equal(await mode('fresh'), 0o700);
  assert.equal(await mode('fresh', '.lock.json'), 0o600);
  assert.equal(await mode('fresh', 'summary.md'), 0o600);
  await mkdir(join(root, 'old'), { mode: 0o755 });
  await ask('POST', 'old/lock', { client: 'c' });
  assert.equal(await mode('old'), 0o700);
});

test('an upload puts a new file in the old one’s place: whoever has that open reads it to its end', {
  skip: posix,
}, async (t) => {
  const { root, ask } = await served(t, {});
  await ask('POST', 'demo/lock', { client: 'c' });
  await ask('PUT', 'demo/files/log.jsonl', { client: 'c', body: 'first\n' });
  const opened = await open(join(root, 'demo', 'log.jsonl'));
  t.after(() => opened.close());
  await ask('PUT', 'demo/files/log.jsonl', { client: 'c', body: 'second\n' });
  assert.equal(await opened.readFile('utf8'), 'first\n');
  assert.deepEqual((await readdir(join(root, 'demo'))).sort(), ['.lock.json', '.project.json', 'log.jsonl']);
});

test('a link planted for a file, a lock or a project leads nowhere', { skip: posix }, async (t) => {
  const { root, fixture, ask } = await served(t, {
    outside: { 'log.jsonl': 'secret\n', 'lock.json': 'untouched' },
    projects: { demo: {} },
  });
  const outside = join(fixture.path, 'outside');
  await symlink(join(outside, 'log.jsonl'), join(root, 'demo', 'log.jsonl'));
  await symlink(join(outside, 'lock.json'), join(root, 'demo', '.lock.json'));
  await symlink(outside, join(root, 'linked'));

  assert.deepEqual((await ask('GET', 'demo/files')).json.files, []);
  assert.equal((await ask('GET', 'demo/files/log.jsonl')).status, 404);
  assert.deepEqual((await ask('GET', 'linked/files')).json.files, []);
  assert.equal((await ask('GET', 'linked/files/log.jsonl')).status, 404);
  for (const id of ['demo', 'linked']) {
    assert.equal((await ask('POST', `${id}/lock`, { client: 'c' })).status, 200);
    assert.equal((await ask('PUT', `${id}/files/log.jsonl`, { client: 'c', body: 'mine\n' })).status, 200);
    assert.equal((await ask('GET', `${id}/files/log.jsonl`)).json.content, 'mine\n');
  }
  assert.equal(await readFile(join(outside, 'log.jsonl'), 'utf8'), 'secret\n');
  assert.equal(await readFile(join(outside, 'lock.json'), 'utf8'), 'untouched');
  assert.deepEqual((await readdir(outside)).sort(), ['lock.json', 'log.jsonl']);
  assert.equal((await lstat(join(root, 'demo', 'log.jsonl'))).isFile(), true);
});

test('a pipe or a directory where a file should be does not hang or break anything', {
  skip: posix,
}, async (t) => {
  const { root, ask } = await served(t, { projects: { demo: { 'summary.json': {} } } });
  await mkdir(join(root, 'demo', 'log.jsonl'));
  await promisify(execFile)('mkfifo', [join(root, 'demo', 'summary.md'), join(root, 'demo', '.lock.json')]);
  assert.deepEqual((await ask('GET', 'demo/files')).json.files, []);
  assert.equal((await ask('GET', 'demo/files/log.jsonl')).status, 404);
  assert.equal((await ask('GET', 'demo/files/summary.md')).status, 404);
  await ask('POST', 'demo/lock', { client: 'c' });
  assert.equal((await ask('PUT', 'demo/files/log.jsonl', { client: 'c', body: 'x' })).status, 500);
  assert.equal((await ask('PUT', 'demo/files/summary.md', { client: 'c', body: 'x' })).status, 200);
  const left = (await readdir(join(root, 'demo'))).filter((name) => name.startsWith('.sync'));
  assert.deepEqual(left, [], 'something half-written is left');
});

test('a project whose name is taken by something else gets another', async (t) => {
  const { root, ask } = await served(t, { projects: { demo: 'a file' } });
  assert.equal((await ask('POST', 'demo/lock', { client: 'c' })).status, 200);
  assert.equal((await ask('PUT', 'demo/files/log.jsonl', { client: 'c', body: 'x' })).status, 200);
  assert.equal((await ask('GET', 'demo/files/log.jsonl')).json.content, 'x');
  assert.equal(await readFile(join(root, 'demo'), 'utf8'), 'a file');
});

test('a directory whose marker names another project is that one’s: Linux finds Foo as foo on a Windows disk', async (t) => {
  const projects = { foo: { '.project.json': '{"id":"Foo"}', 'log.jsonl': 'of Foo\n' } };
  const { root, ask } = await served(t, { projects });
  assert.deepEqual((await ask('GET', 'foo/files')).json.files, []);
  assert.equal((await ask('POST', 'foo/lock', { client: 'c' })).status, 200);
  assert.equal((await ask('PUT', 'foo/files/log.jsonl', { client: 'c', body: 'of foo\n' })).status, 200);
  assert.equal((await ask('GET', 'foo/files/log.jsonl')).json.content, 'of foo\n');
  assert.equal(await readFile(join(root, 'foo', 'log.jsonl'), 'utf8'), 'of Foo\n');
});

test('later content always has a later time, whatever the clock does', async (t) => {
  const clock = heldClock(Date.parse('2026-05-05T12:00:00.000Z'));
  const { ask } = await served(t, {}, { clock });
  await ask('POST', 'demo/lock', { client: 'c' });
  const put = async (body: string) => {
    const { json } = await ask('PUT', 'demo/files/log.jsonl', { client: 'c', body });
    const [listed] = (await ask('GET', 'demo/files')).json.files as { mtime: string; size: number }[];
    assert.equal(listed?.mtime, json.mtime, 'the list says what PUT said');
    assert.deepEqual((await ask('GET', 'demo/files/log.jsonl')).json, { content: body, mtime: json.mtime });
    return String(json.mtime);
  };
  const times = [await put('one'), await put('two')];
  clock.setWall(Date.parse('2020-01-01T00:00:00.000Z'));
  times.push(await put('three'));
  clock.setWall(Date.parse('2026-05-05T13:00:00.000Z'));
  times.push(await put('four'));
  assert.deepEqual(times, [
    '2026-05-05T12:00:00.000Z',
    '2026-05-05T12:00:00.001Z',
    '2026-05-05T12:00:00.002Z',
    '2026-05-05T13:00:00.000Z',
  ]);
});

test('what a killed server left half-written is gone with the next lock', async (t) => {
  const { root, ask } = await served(t, {
    projects: { demo: { '.sync-00112233445566aa.tmp': 'half', '.sync-notes': 'not ours' } },
  });
  await writeFile(join(root, 'demo', 'log.jsonl'), 'whole');
  await ask('POST', 'demo/lock', { client: 'c' });
  assert.deepEqual((await readdir(join(root, 'demo'))).sort(), [
    '.lock.json',
    '.project.json',
    '.shared',
    '.sync-notes',
    'log.jsonl',
  ]);
});
