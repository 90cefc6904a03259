import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { as, auth, curl, served, skipCurl as skip } from './curl.ts';

test('the lock table: 200, 400 without X-Client-Id, 409 with the holder, 403 for others', {
  skip,
}, async (t) => {
  const s = await served(t);
  const lock = `${s.projects}/demo/lock`;

  assert.deepEqual((await curl(lock, ...auth)).json, { locked: false, lock: null });
  assert.equal((await curl(lock, '-X', 'POST', ...auth)).status, 400);
  assert.equal(existsSync(s.root), false, 'reading and refusing created something');

  const mine = await curl(lock, '-X', 'POST', ...as('machine-a'));
  assert.equal(mine.status, 200);
  assert.equal(mine.json.success, true);
  const granted = mine.json.lock as Record<string, string>;
  assert.equal(granted.clientId, 'machine-a');
  assert.equal(Date.parse(granted.expiresAt ?? '') - Date.parse(granted.acquiredAt ?? ''), 30 * 60_000);

  const theirs = await curl(lock, '-X', 'POST', ...as('machine-b'));
  assert.equal(theirs.status, 409);
  assert.deepEqual(theirs.json.lock, granted);
  assert.match(String(theirs.json.error), /held by another client/);

  assert.deepEqual((await curl(lock, ...auth)).json, { locked: true, lock: granted });
  assert.equal((await curl(lock, '-X', 'POST', ...as('machine-a'))).status, 200, 'one takes one’s own again');

  const beat = `${lock}/heartbeat`;
  assert.equal((await curl(beat, '-X', 'POST', ...as('machine-a'))).status, 200);
  assert.equal((await curl(beat, '-X', 'POST', ...as('machine-b'))).status, 403);
  assert.equal((await curl(beat, '-X', 'POST', ...auth)).status, 400);

  assert.equal((await curl(lock, '-X', 'DELETE', ...as('machine-b'))).status, 403);
  assert.equal((await curl(lock, '-X', 'DELETE', ...auth)).status, 400);
  assert.equal((await curl(lock, '-X', 'DELETE', ...as('machine-a'))).status, 200);
  assert.equal(
    (await curl(lock, '-X', 'DELETE', ...as('machine-a'))).status,
    200,
    'nothing to hand back is fine',
  );
  assert.equal((await curl(beat, '-X', 'POST', ...as('machine-a'))).status, 403, 'a heartbeat takes no lock');
});

test('the file table: list, download, upload, their 400, 403 and 404', { skip }, async (t) => {
  const s = await served(t);
  const files = `${s.projects}/demo/files`;
  const put = (name: string, client: string, body: string, ...more: string[]) =>
    curl(`${files}/${name}`, '-X', 'PUT', ...as(client), '--data-binary', body, ...more);

  assert.deepEqual((await curl(files, ...auth)).json, { files: [] });
  assert.equal((await curl(`${files}/summary.json`, ...auth)).status, 404);
  assert.equal((await curl(`${files}/passwd`, ...auth)).status, 400);
  assert.equal((await curl(`${files}/..%2F..%2Fetc%2Fpasswd`, ...auth)).status, 400);
  assert.equal((await put('summary.json', 'machine-a', '{"content":"x"}')).status, 403, 'no lock');

  await curl(`${s.projects}/demo/lock`, '-X', 'POST', ...as('machine-a'));
  assert.equal((await put('summary.json', 'machine-b', '{"content":"x"}')).status, 403, 'not the holder');
  assert.equal((await put('notes.txt', 'machine-a', '{"content":"x"}')).status, 403);
  assert.equal((await curl(`${files}/log.jsonl`, '-X', 'PUT', ...auth, '-d', '{"content":"x"}')).status, 400);

  for (const name of ['log.jsonl', 'summary.json', 'summary.md', 'remembered.json', 'entities.json']) {
    const stored = await put(
      name,
      'machine-a',
      `{"content":"text of ${name}"}`,
      '-H',
      'Content-Type: application/json',
    );
    assert.equal(stored.status, 200);
    assert.equal(stored.json.success, true);
    const read = await curl(`${files}/${name}`, ...auth);
    assert.equal(read.status, 200);
    assert.deepEqual(read.json, { content: `text of ${name}`, mtime: stored.json.mtime });
  }
  const list = (await curl(files, ...auth)).json.files as { name: string; size: number; mtime: string }[];
  assert.deepEqual(
    list.map((file) => [file.name, file.size]),
    [
      ['log.jsonl', 17],
      ['summary.json', 20],
      ['summary.md', 18],
      ['remembered.json', 23],
      ['entities.json', 21],
    ],
  );
  for (const file of list) {
    assert.equal(new Date(file.mtime).toISOString(), file.mtime);
    assert.equal(
      (await stat(join(s.root, 'demo', file.name))).mode & 0o777,
      process.platform === 'win32' ? 0o666 : 0o600,
    );
  }
});

test('PUT takes the wrapper and raw bytes, and never empties a file by accident', { skip }, async (t) => {
  const s = await served(t);
  const files = `${s.projects}/demo/files`;
  await curl(`${s.projects}/demo/lock`, '-X', 'POST', ...as('machine-a'));
  const put = (name: string, body: string, type = 'application/json') =>
    curl(
      `${files}/${name}`,
      '-X',
      'PUT',
      ...as('machine-a'),
      '-H',
      `Content-Type: ${type}`,
      '--data-binary',
      body,
    );
  const content = async (name: string) => (await curl(`${files}/${name}`, ...auth)).json.content;

  const summary = '{"projectContext":"a daemon","keyDecisions":[]}';
  assert.equal((await put('summary.json', summary)).status, 200);
  assert.equal(await content('summary.json'), summary, 'raw JSON');

  const line = '{"ts":"2026-01-01T00:00:00Z","type":"prompt","content":"hi"}\n';
  assert.equal((await put('log.jsonl', line)).status, 200);
  assert.equal(await content('log.jsonl'), line, 'a log line that happens to have content');

  assert.equal((await put('entities.json', '{"content":"x"}', 'application/octet-stream')).status, 200);
  assert.equal(await content('entities.json'), '{"content":"x"}', 'octet-stream is always the file');

  assert.equal((await put('summary.md', '# Überblick\n', 'text/markdown')).status, 200);
  assert.equal(await content('summary.md'), '# Überblick\n');

  assert.equal((await put('summary.md', '')).status, 400);
  assert.equal((await put('summary.md', '{"content":null}')).status, 400);
  assert.equal((await put('summary.md', '{"content":{"a":1}}')).status, 400);
  assert.equal((await put('summary.md', '{"content":"\\ud800"}')).status, 400);
  assert.equal(await content('summary.md'), '# Überblick\n', 'a refused body changes nothing');
  assert.equal((await put('summary.md', '{"content":""}')).status, 200);
  assert.equal(await content('summary.md'), '', 'emptied because it was asked for');
});

test('sync.dataDir: a directory of claude-mneme’s server is served in place, whatever else is where', {
  skip,
}, async (t) => {
  await using old = await createFixture({ projects: { 'my-app': { 'summary.md': 'as it was' } } });
  const s = await served(t, { dataDir: old.getPath('projects') });
  const file = `${s.projects}/my-app/files/summary.md`;
  assert.equal((await curl(file, ...auth)).json.content, 'as it was');
  assert.equal((await curl(`${s.projects}/my-app/lock`, '-X', 'POST', ...as('a'))).status, 200);
  const stored = await curl(file, '-X', 'PUT', ...as('a'), '--data-binary', 'as it is');
  assert.equal(stored.status, 200);
  assert.equal(await readFile(old.getPath('projects/my-app/summary.md'), 'utf8'), 'as it is');
  assert.equal(existsSync(s.home.paths.data), false, 'nothing was made elsewhere');
});
