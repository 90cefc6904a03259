import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { createFixture } from 'fs-fixture';
import which from 'which';
import { key, otherKey, startServer } from './server.ts';

// A client that knows nothing but the API's document: curl, and the words of the table.

const run = promisify(execFile);
const skip = (await which('curl', { nothrow: true })) === null ? 'curl is not installed' : false;

interface Reply {
  status: number;
  headers: string;
  json: Record<string, unknown>;
}

async function curl(url: string, ...args: string[]): Promise<Reply> {
  const { stdout } = await run(
    'curl',
    ['--silent', '--path-as-is', '--include', '--max-time', '20', ...args, url],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  // Interim answers (100 Continue) come first, each with its own head.
  const [head = '', ...rest] = stdout.split(/\r\n\r\n(?!HTTP\/)/);
  const last = head.slice(head.lastIndexOf('HTTP/1.1'));
  return { status: Number(last.split(' ')[1]), headers: last, json: JSON.parse(rest.join('\r\n\r\n')) };
}

const auth = ['-H', `Authorization: Bearer ${key}`];
const as = (client: string) => [...auth, '-H', `X-Client-Id: ${client}`];

async function served(t: TestContext, options: Parameters<typeof startServer>[1] = {}) {
  const fixture = await createFixture({});
  const root = join(fixture.path, 'projects');
  const server = await startServer(root, options);
  t.after(async () => {
    await server.close();
    await fixture.rm();
  });
  return { root, fixture, server, projects: `${server.url}/projects` };
}

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
  assert.equal((await put('notes.txt', 'machine-a', '{"content":"x"}')).status, 400);
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

test('auth: 401 missing, 403 wrong, either key right', { skip }, async (t) => {
  const s = await served(t);
  const files = `${s.projects}/demo/files`;
  assert.equal((await curl(files)).status, 401);
  assert.match((await curl(files)).headers, /www-authenticate: Bearer/i);
  assert.equal((await curl(files, '-H', 'Authorization: Basic dGVzdA==')).status, 401);
  assert.equal((await curl(files, '-H', 'Authorization: Bearer nonsense')).status, 403);
  assert.equal((await curl(files, '-H', `Authorization: Bearer ${key}x`)).status, 403);
  assert.equal((await curl(files, '-H', `Authorization: Bearer ${otherKey}`)).status, 200);
  assert.equal((await curl(`${s.server.url}/health`)).status, 200, 'health needs no key');
});

test('other: 404, malformed % 400, 10 MB 413, over the rate 429 with Retry-After', { skip }, async (t) => {
  const s = await served(t);
  for (const [method, path] of [
    ['GET', '/projects/'],
    ['GET', '/projects/demo'],
    ['GET', '/projects/demo/files/'],
    ['GET', '/projects//files'],
    ['DELETE', '/projects/demo/files/log.jsonl'],
    ['POST', '/projects/demo/files'],
    ['PATCH', '/projects/demo/lock'],
    ['OPTIONS', '/projects/demo/lock'],
  ] as const) {
    const reply = await curl(`${s.server.url}${path}`, '-X', method, ...auth);
    assert.equal(reply.status, 404, `${method} ${path}`);
    assert.equal(typeof reply.json.error, 'string');
  }
  for (const path of [
    '%/files',
    '%zz/files',
    '%ff%fe/lock',
    'demo/files/%E0%A4%A',
    '%00/files',
    '../files',
    '%2e%2e/files',
  ]) {
    assert.equal((await curl(`${s.projects}/${path}`, ...auth)).status, 400, path);
  }

  await curl(`${s.projects}/demo/lock`, '-X', 'POST', ...as('machine-a'));
  const whole = join(s.fixture.path, 'whole');
  const over = join(s.fixture.path, 'over');
  await writeFile(whole, Buffer.alloc(10 * 1024 * 1024, 'a'));
  await writeFile(over, Buffer.alloc(10 * 1024 * 1024 + 1, 'b'));
  const put = ['-X', 'PUT', ...as('machine-a')];
  const file = `${s.projects}/demo/files/log.jsonl`;
  assert.equal((await curl(file, ...put, '--data-binary', `@${whole}`)).status, 200);
  assert.equal((await curl(file, ...put, '--data-binary', `@${over}`)).status, 413);
  const chunked = await curl(file, ...put, '-H', 'Transfer-Encoding: chunked', '--data-binary', `@${over}`);
  assert.equal(chunked.status, 413);
  assert.deepEqual(
    await readFile(join(s.root, 'demo', 'log.jsonl')),
    await readFile(whole),
    'the refused one left no trace',
  );
});

test('the rate is limited per window, health is not', { skip }, async (t) => {
  const s = await served(t, { rateLimit: { max: 3, windowMs: 60_000 } });
  const files = `${s.projects}/demo/files`;
  for (let n = 0; n < 3; n += 1) assert.equal((await curl(files, ...auth)).status, 200);
  const limited = await curl(files, ...auth);
  assert.equal(limited.status, 429);
  const seconds = Number(/retry-after: (\d+)/i.exec(limited.headers)?.[1]);
  assert.ok(seconds >= 1 && seconds <= 60, `Retry-After ${seconds}`);
  assert.equal((await curl(`${s.server.url}/health`)).status, 200);
  assert.equal((await curl(files)).status, 429, 'keys cannot be tried past the limit');
});
