import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ended, HostHome } from '../../support/host-home.ts';
import { as, auth, curl, key, otherKey, served, skipCurl as skip } from './curl.ts';

test('auth: 401 missing, 403 wrong, either key right', { skip }, async (t) => {
  const s = await served(t);
  const files = `${s.projects}/demo/files`;
  assert.equal((await curl(files)).status, 401);
  assert.match((await curl(files)).headers, /www-authenticate: Bearer/i);
  assert.equal((await curl(files, '-H', 'Authorization: Basic dGVzdA==')).status, 401);
  assert.equal((await curl(files, '-H', 'Authorization: Bearer nonsense')).status, 403);
  assert.equal((await curl(files, '-H', `Authorization: Bearer ${key}x`)).status, 403);
  assert.equal((await curl(files, '-H', `Authorization: Bearer ${otherKey}`)).status, 200);
  for (const path of ['/', '/health']) {
    const { status, json } = await curl(`${s.url}${path}`);
    assert.equal(status, 200, 'health needs no key');
    const { status: word, version, authRequired } = json;
    assert.deepEqual({ word, authRequired }, { word: 'ok', authRequired: true });
    assert.equal(typeof version, 'string');
  }
});

test('other: 404, malformed % 400, 10 MB 413', { skip }, async (t) => {
  const s = await served(t);
  for (const [method, path] of [
    ['GET', '/projects/'],
    ['GET', '/projects/demo'],
    ['GET', '/projects/demo/files/'],
    ['GET', '/projects//files'],
    ['DELETE', '/projects/demo/files/log.jsonl'],
    ['POST', '/projects/demo/files'],
    ['PATCH', '/projects/demo/lock'],
  ] as const) {
    const reply = await curl(`${s.url}${path}`, '-X', method, ...auth);
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
  const whole = join(s.home.path, 'whole');
  const over = join(s.home.path, 'over');
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
  const s = await served(t, { rateLimit: 3, rateWindowSecs: 60 });
  const files = `${s.projects}/demo/files`;
  for (let n = 0; n < 3; n += 1) assert.equal((await curl(files, ...auth)).status, 200);
  const limited = await curl(files, ...auth);
  assert.equal(limited.status, 429);
  const seconds = Number(/retry-after: (\d+)/i.exec(limited.headers)?.[1]);
  assert.ok(seconds >= 1 && seconds <= 60, `Retry-After ${seconds}`);
  for (let n = 0; n < 20; n += 1) assert.equal((await curl(`${s.url}/health`)).status, 200);
  for (let n = 0; n < 3; n += 1) assert.equal((await curl(files)).status, 401, 'failures are counted apart');
  assert.equal((await curl(files)).status, 429, 'keys cannot be tried past the limit');
});

const [outside] = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal);

test('beyond loopback: never without API keys, and then for nobody without one', {
  skip: skip || (outside === undefined && 'this machine has no other address'),
}, async (t) => {
  await using open = await HostHome.create({ daemon: { listen: '0.0.0.0' } });
  const refused = open.spawnCli();
  assert.deepEqual(await ended(refused), { code: 78, signal: null });

  const address = outside?.address ?? '';
  const s = await served(t, {}, { listen: '0.0.0.0', allowedHosts: [address] });
  const files = `http://${address}:${s.home.port}/projects/demo/files`;
  assert.equal((await curl(files)).status, 401);
  assert.equal((await curl(files, '-H', 'Authorization: Bearer nonsense')).status, 403);
  assert.equal((await curl(files, ...auth)).status, 200);
  assert.equal((await curl(files, ...auth, '-H', 'Host: evil.example')).status, 403);
});
