import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../daemon/sync/server.ts';
import { inFrontOf, setUp } from './in-front.ts';
import { createMachine } from './machine.ts';

test('a server that is not there: a warning, exit 0, everything as it was; exit 1 with --no-graceful', async (t) => {
  const { url, server, machine } = await setUp(t, { 'log.jsonl': 'mine' });
  await server.close();
  for (const action of ['pull', 'push', 'status'] as const) {
    const run = await machine.run(action, url);
    assert.equal(run.code, 0);
    assert.match(
      run.talk,
      /^memoryd: the server cannot be reached: .*; continuing with the local files; nothing is lost\n$/,
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
