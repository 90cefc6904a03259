import assert from 'node:assert/strict';
import { test } from 'node:test';
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
