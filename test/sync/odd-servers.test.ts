import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../daemon/sync/server.ts';
import { inFrontOf, setUp } from './in-front.ts';

test('429 is waited out as the server asks, when that is soon', async (t) => {
  const { url, machine } = await setUp(t, { 'log.jsonl': 'x' });
  let refusals = 2;
  const limited = await inFrontOf(t, url, (forward) => (request, response) => {
    if (request.method !== 'PUT' || refusals-- <= 0) return forward(request, response);
    response.writeHead(429, { 'retry-after': '0', 'content-type': 'application/json' });
    response.end('{"error":"too many requests"}');
  });
  assert.match((await machine.run('push', limited)).out, /uploaded/);
  assert.ok(refusals < 0);
});

test('a server that never answers is given up after the time given', async (t) => {
  const { url, machine } = await setUp(t, { 'log.jsonl': 'x' });
  const silent = await inFrontOf(t, url, (forward) => (request, response) => {
    if (request.url === '/health') forward(request, response);
  });
  const run = await machine.run('pull', silent, { timeout: 0.2 });
  assert.match(run.talk, /cannot be reached: .*timeout/i);
});

test('a redirect is not followed: the key stays with the server it is for', async (t) => {
  const { url, machine } = await setUp(t);
  let seen = 0;
  const elsewhere = await inFrontOf(t, url, () => (_, response) => {
    seen += 1;
    response.end('{}');
  });
  const redirecting = await inFrontOf(t, url, () => (request, response) => {
    response.writeHead(307, { location: `${elsewhere}${request.url}` }).end();
  });
  assert.match((await machine.run('pull', redirecting)).talk, /cannot be reached/);
  assert.equal(seen, 0);
});

test('what answers but is no sync server is told apart', async (t) => {
  const { url, machine } = await setUp(t, { 'log.jsonl': 'x' });
  for (const body of ['<html>', '{}', '[]', 'null', '{"status":"ok"}']) {
    const other = await inFrontOf(t, url, () => (_, response) => response.end(body));
    const run = await machine.run('pull', other);
    assert.equal(run.code, 0);
    assert.match(run.talk, /the answer is not that of a sync server/, body);
  }
});

for (const status of [400, 403, 404, 413]) {
  test(`a file that the server refuses with ${status} is named, and the others go`, async (t) => {
    const files = { 'log.jsonl': 'x', 'summary.md': '# mine', 'entities.json': '{}' };
    const { url, machine } = await setUp(t, files);
    const picky = await inFrontOf(t, url, (forward) => (request, response) => {
      if (request.method !== 'PUT' || !request.url?.endsWith('/summary.md'))
        return forward(request, response);
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end('{"error":"File not allowed for sync"}');
    });
    const run = await machine.run('push', picky);
    assert.equal(run.code, 0);
    assert.match(run.out, /^log\.jsonl +uploaded\nsummary\.md +refused\nentities\.json +uploaded\n$/);
    assert.match(run.talk, new RegExp(`summary\\.md was not sent: the server answered ${status}, File not`));
    const again = await machine.run('push', picky, { json: true });
    const { files: outcomes, trouble } = again.document as unknown as {
      files: { name: string; did: string }[];
      trouble: null;
    };
    assert.equal(trouble, null);
    assert.deepEqual(
      outcomes.filter(({ did }) => did !== 'nothing').map(({ name, did }) => [name, did]),
      [['summary.md', 'refused']],
    );
  });
}

test('a 403 because the lock was lost is no refusal of the file: nothing more is sent', async (t) => {
  const { url, server, machine } = await setUp(t, { 'log.jsonl': 'x', 'entities.json': '{}' });
  let sent = 0;
  const losing = await inFrontOf(t, url, (forward) => async (request, response) => {
    if (request.method !== 'PUT') return forward(request, response);
    sent += 1;
    const { 'x-client-id': client } = request.headers;
    await call(server.url, 'DELETE', '/projects/demo/lock', { client: String(client) });
    await call(server.url, 'POST', '/projects/demo/lock', { client: 'another' });
    return forward(request, response);
  });
  const run = await machine.run('push', losing);
  assert.match(run.talk, /the server answered 403: lock held by another client/);
  assert.equal(sent, 1);
});
