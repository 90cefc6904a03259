import assert from 'node:assert/strict';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { call, startServer } from '../daemon/sync/server.ts';
import { createMachine } from './machine.ts';

async function setUp(t: TestContext, tree = {}) {
  const fixture = await createFixture({});
  const root = join(fixture.path, 'projects');
  const server = await startServer(root);
  const machine = await createMachine(tree);
  t.after(async () => {
    await server.close();
    await machine.fixture.rm();
    await fixture.rm();
  });
  return { server, url: server.url, root, machine };
}

type Forward = (request: IncomingMessage, response: ServerResponse, dropAnswer?: boolean) => Promise<void>;

/** A server in front of the real one that can do what real ones do at the worst moment. */
async function inFrontOf(t: TestContext, target: string, listener: (forward: Forward) => RequestListener) {
  const forward: Forward = async (request, response, dropAnswer = false) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: {
        authorization: String(request.headers.authorization),
        'x-client-id': String(request.headers['x-client-id'] ?? ''),
      },
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    if (dropAnswer) return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  };
  const server: Server = createServer(listener(forward));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a server that is not there: a warning, exit 0, everything as it was; exit 1 with --no-graceful', async (t) => {
  const { url, server, machine } = await setUp(t, { 'log.jsonl': 'mine' });
  await server.close();
  for (const action of ['pull', 'push', 'status'] as const) {
    const run = await machine.run(action, url);
    assert.equal(run.code, 0);
    assert.match(
      run.talk,
      /^memoryd: the server cannot be reached: .*; going on with the local files alone, nothing is lost\n$/,
    );
    assert.equal((await machine.run(action, url, { graceful: false })).code, 1);
  }
  assert.equal(await machine.read('log.jsonl'), 'mine');
  const { document } = await machine.run('pull', url, { json: true });
  assert.equal((document as unknown as { trouble: { kind: string } }).trouble.kind, 'unreachable');
});

test('a project another client has: a warning that names it, nothing read or written', async (t) => {
  const { url, machine, server } = await setUp(t, { 'log.jsonl': 'mine' });
  await call(url, 'POST', '/projects/demo/lock', { client: 'desktop-1a2b' });
  await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'desktop-1a2b', body: 'theirs' });
  for (const action of ['pull', 'push'] as const) {
    const run = await machine.run(action, url);
    assert.equal(run.code, 0);
    assert.match(run.talk, /locked by desktop-1a2b until 20/);
    assert.equal((await machine.run(action, url, { graceful: false })).code, 1);
  }
  assert.equal(await machine.read('log.jsonl'), 'mine');
  assert.equal(server.api.counters().filesStored, 1);
  const { lock } = (await call(url, 'GET', '/projects/demo/lock')).json as { lock: { clientId: string } };
  assert.equal(lock.clientId, 'desktop-1a2b');
});

test('a wrong key is told and nothing is lost', async (t) => {
  const { url } = await setUp(t);
  const stranger = await createMachine({ 'log.jsonl': 'mine' }, 'wrong-key');
  t.after(() => stranger.fixture.rm());
  const run = await stranger.run('push', url);
  assert.equal(run.code, 0);
  assert.match(run.talk, /the server answered 403: unknown API key/);
  assert.equal(run.talk.includes('wrong-key'), false);
});

test('a server that goes away in the middle of a pull: what came is whole, the rest comes next time', async (t) => {
  const names = ['log.jsonl', 'summary.json', 'summary.md', 'remembered.json', 'entities.json'];
  const { url, machine } = await setUp(t, { 'summary.md': 'old' });
  await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
  for (const name of names)
    await call(url, 'PUT', `/projects/demo/files/${name}`, { client: 'w', body: `new ${name}` });
  await call(url, 'DELETE', '/projects/demo/lock', { client: 'w' });

  let down = true;
  const broken = await inFrontOf(t, url, (forward) => (request, response) => {
    if (!down || request.url !== '/projects/demo/files/summary.md') return forward(request, response);
    // Half an answer, then the connection is gone.
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    response.write('{"content":"ne', () => response.destroy());
  });
  const cut = await machine.run('pull', broken);
  assert.equal(cut.code, 0);
  assert.match(cut.out, /log\.jsonl +downloaded\nsummary\.json +downloaded\n/);
  assert.match(cut.talk, /cannot be reached/);
  assert.equal(await machine.read('summary.md'), 'old', 'half a file was stored');
  assert.equal(
    (await call(url, 'GET', '/projects/demo/lock')).json.locked,
    false,
    'the lock was handed back',
  );

  down = false;
  const rest = await machine.run('pull', broken);
  assert.doesNotMatch(rest.out, /log\.jsonl/, 'what was there already came again');
  assert.match(rest.out, /summary\.md +downloaded, backup /);
  for (const name of names) assert.equal(await machine.read(name), `new ${name}`);
});

test('a server that dies in the middle of a push: the next push goes on, nothing is sent twice', async (t) => {
  const { url, machine, server } = await setUp(t, {
    'log.jsonl': 'one',
    'summary.json': '{}',
    'entities.json': '[]',
  });
  let down = true;
  const broken = await inFrontOf(t, url, (forward) => (request, response) => {
    if (down && request.url === '/projects/demo/files/summary.json') request.destroy();
    else forward(request, response);
  });
  const cut = await machine.run('push', broken, { graceful: false });
  assert.equal(cut.code, 1);
  assert.match(cut.out, /^log\.jsonl +uploaded\n$/);
  down = false;
  assert.match(
    (await machine.run('push', broken)).out,
    /^summary\.json +uploaded\nentities\.json +uploaded\n$/,
  );
  assert.equal(server.api.counters().filesStored, 3);
});

test('an upload whose answer was lost is found stored, not taken for a conflict that overwrites', async (t) => {
  const { url, machine } = await setUp(t, { 'log.jsonl': 'one' });
  const broken = await inFrontOf(t, url, (forward) => (request, response) => {
    void forward(request, response, request.method === 'PUT');
  });
  assert.match((await machine.run('push', broken)).talk, /cannot be reached/);
  assert.equal((await call(url, 'GET', '/projects/demo/files/log.jsonl')).json.content, 'one');
  const again = await machine.run('push', url);
  assert.deepEqual([again.out, again.talk], ['', '']);
  assert.deepEqual(await machine.backups(), []);
});

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
    assert.match(run.talk, /not the answer of a sync server/, body);
  }
});

test('a local disk that refuses is an error, and the lock is handed back', async (t) => {
  const { url, machine } = await setUp(t);
  await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
  await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'w', body: 'x' });
  await call(url, 'DELETE', '/projects/demo/lock', { client: 'w' });
  const { files } = machine.system;
  machine.system.files = {
    ...files,
    write: (path, content, mode) =>
      path.endsWith('log.jsonl')
        ? Promise.reject(new Error('ENOSPC: no space left'))
        : files.write(path, content, mode),
  };
  await assert.rejects(machine.run('pull', url), /ENOSPC/);
  assert.equal((await call(url, 'GET', '/projects/demo/lock')).json.locked, false);
});
