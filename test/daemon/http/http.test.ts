import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { bodyLimit } from '../../../src/daemon/http/body.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { holdClock } from '../../support/held-clock.ts';
import { until } from '../../support/until.ts';

const json = { 'content-type': 'application/json' };

type Case = [
  name: string,
  method: string,
  path: string,
  headers: Record<string, string | null>,
  body: string | undefined,
  status: number,
];

const cases: Case[] = [
  ['no token', 'POST', '/mcp', { ...json, authorization: null }, '{}', 401],
  ['a wrong token', 'POST', '/mcp', { ...json, authorization: 'Bearer nonsense' }, '{}', 401],
  ['no token for readiness', 'GET', '/readyz', { authorization: null }, undefined, 401],
  ['no token for sync', 'GET', '/projects/p/files', { authorization: null }, undefined, 401],
  ['a foreign Host', 'POST', '/mcp', { ...json, host: 'evil.example' }, '{}', 403],
  ['a foreign Origin', 'POST', '/mcp', { ...json, origin: 'https://evil.example' }, '{}', 403],
  [
    'a foreign Origin at sync',
    'GET',
    '/projects/p/files',
    { origin: 'https://evil.example' },
    undefined,
    403,
  ],
  ['an unknown path', 'GET', '/nowhere', {}, undefined, 404],
  [
    'an unknown path without a token',
    'GET',
    '/.well-known/oauth-protected-resource',
    { authorization: null },
    undefined,
    404,
  ],
  ['an encoded path', 'POST', '/%6dcp', json, '{}', 404],
  ['a path with dots', 'POST', '/x/../mcp', json, '{}', 404],
  ['a malformed escape', 'GET', '/%', {}, undefined, 404],
  ['a malformed escape at sync', 'GET', '/projects/%zz/files', {}, undefined, 400],
  ['a wrong method', 'PUT', '/mcp', json, '{}', 405],
  ['a wrong method for readiness', 'POST', '/readyz', json, '{}', 405],
  ['GET without a session', 'GET', '/mcp', { accept: 'text/event-stream' }, undefined, 405],
  ['no content type', 'POST', '/mcp', {}, '{}', 415],
  ['another content type', 'POST', '/mcp', { 'content-type': 'text/plain' }, '{}', 415],
  ['no body', 'POST', '/mcp', json, undefined, 400],
  ['malformed JSON', 'POST', '/mcp', json, '{"jsonrpc":', 400],
  ['JSON that is no message', 'POST', '/mcp', json, '"hello"', 400],
  ['JSON null', 'POST', '/mcp', json, 'null', 400],
  [
    'a message without a session',
    'POST',
    '/mcp',
    json,
    '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    400,
  ],
  ['deep JSON', 'POST', '/mcp', json, `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 400],
];

async function assertAlive({ ask }: TestDaemon): Promise<void> {
  assert.equal((await ask('GET', '/readyz')).status, 200);
}

for (const [name, method, path, headers, body, status] of cases) {
  test(`${name} is answered ${status}, as JSON`, async (t) => {
    const running = await startTestDaemon(t);
    const answer = await running.ask(method, path, headers, body);
    assert.equal(answer.status, status, answer.text);
    assert.notEqual(answer.json?.error, undefined);
    if (status === 401) assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
    if (status === 405) assert.match(answer.headers.allow ?? '', /GET|POST/);
    await assertAlive(running);
  });
}

test('malformed JSON is a JSON-RPC parse error', async (t) => {
  const { ask } = await startTestDaemon(t);
  const answer = await ask('POST', '/mcp', json, 'not json');
  assert.equal(answer.json.jsonrpc, '2.0');
  assert.equal(answer.json.id, null);
  assert.equal(answer.json.error.code, -32_700);
});

test('bytes that are no UTF-8 are refused, not repaired', async (t) => {
  const { ask } = await startTestDaemon(t);
  const body = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
  assert.equal((await ask('POST', '/mcp', json, body)).status, 400);
});

test('an 11 MB body is answered 413, with its length told or not', async (t) => {
  const running = await startTestDaemon(t);
  const body = Buffer.alloc(11 * 1024 * 1024, 'x');
  for (const headers of [
    { ...json, 'content-length': String(body.length) },
    { ...json, 'transfer-encoding': 'chunked' },
  ]) {
    const answer = await running.ask('POST', '/mcp', headers, body);
    assert.equal(answer.status, 413);
    assert.match(answer.json.error.message, new RegExp(String(bodyLimit)));
  }
  await assertAlive(running);
});

test('a body that does not come is answered 408 and the connection closed', async (t) => {
  const clock = holdClock();
  const running = await startTestDaemon(t, { clock });
  const head = [
    'POST /mcp HTTP/1.1',
    `Host: 127.0.0.1:${running.port}`,
    'Authorization: Bearer the-token-of-the-tests',
    'Content-Type: application/json',
    'Content-Length: 100',
  ].join('\r\n');
  const socket = connect(running.port, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = '';
  let closed = false;
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.write(`${head}\r\n\r\n{"half":`);
  await until('the daemon waits for the body', () => clock.waiting() > 0);
  clock.advance(30_000);
  await until('the connection is closed', () => closed);
  assert.match(received, /^HTTP\/1\.1 408 /);
  assert.match(received, /did not arrive within 30 s/);
});

test('a client that goes away half-way leaves nothing behind', async (t) => {
  const running = await startTestDaemon(t);
  for (let n = 0; n < 20; n += 1) {
    const socket = connect(running.port, '127.0.0.1');
    const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${running.port}\r\nAuthorization: Bearer the-token-of-the-tests\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"jsonrpc"`, () =>
      n % 2 === 0 ? socket.destroy() : socket.resetAndDestroy(),
    );
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await assertAlive(running);
  assert.deepEqual(running.lines, []);
});

test('what comes while the daemon closes is told so; closing twice is once', async (t) => {
  const { daemon, ask } = await startTestDaemon(t);
  await Promise.all([daemon.close(), daemon.close()]);
  const answer = await ask('GET', '/readyz');
  assert.equal(answer.status, 503);
  assert.match(answer.json.error.message, /shutting down/);
});

test('counting loads nothing and opens nothing', async (t) => {
  const { daemon } = await startTestDaemon(t);
  assert.deepEqual(daemon.counters(), {
    requests: 0,
    rewriteProblem: null,
    memories: null,
    lastWrite: null,
    sessionsOpen: 0,
    sessionsOpened: 0,
    sessionsRefused: 0,
  });
});
