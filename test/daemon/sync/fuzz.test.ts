import assert from 'node:assert/strict';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { parseRoute } from '../../../src/daemon/sync/route.ts';
import { syncFileNames } from '../../../src/service/sync-protocol.ts';
import { trials } from '../../support/trials.ts';
import { body, headerValue, method, segment, target } from './hostile.ts';
import { call, key, startServer } from './server.ts';

/**
 * Sends bytes as they are and gives the status the server answered, 0 when it closed without a word.
 * `hangUp` ends the connection with them: Node's server drops a request whose client will send no more.
 */
function raw(port: number, bytes: Buffer, hangUp: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => (hangUp ? socket.end(bytes) : socket.write(bytes)));
    const done = () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${bytes.subarray(0, 200)}`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', done);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') done();
      else reject(error);
    });
  });
}

async function tree(directory: string, except: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.startsWith(except)) continue;
    found[path] = entry.isFile() ? await readFile(path, 'utf8') : '';
  }
  return found;
}

const expected = new Set([0, 200, 204, 400, 401, 403, 404, 408, 409, 413, 431, 505]);

test('four thousand hostile requests: always an answer, never outside the root', {
  timeout: 120_000,
}, async (t) => {
  const fixture = await createFixture({
    secret: 'top',
    outside: { 'log.jsonl': 'outside' },
    projects: { a_b: { 'log.jsonl': 'old' } },
  });
  const root = join(fixture.path, 'projects');
  const server = await startServer(root);
  t.after(async () => {
    await server.close();
    await fixture.rm();
  });
  if (process.platform !== 'win32') await symlink(join(fixture.path, 'outside'), join(root, 'linked'));
  const before = await tree(fixture.path, root);
  const seen = new Map<number, number>();

  const request = fc.record({
    method,
    target,
    client: headerValue,
    name: fc.constantFrom('X-Client-Id', 'Authorization', 'Content-Type', 'X-Other', 'Transfer-Encoding'),
    body,
    length: fc.option(fc.integer({ min: -1, max: 60 }), { nil: undefined, freq: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 20 }), async (requests) => {
      const statuses = await Promise.all(
        requests.map((one) => {
          const payload = Buffer.from(one.body, 'utf8');
          const head = `${one.method} ${one.target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${key}\r\nX-Client-Id: fuzz\r\n${one.name}: ${one.client}\r\nContent-Length: ${one.length ?? payload.length}\r\n\r\n`;
          const hangUp = (one.length ?? 0) > payload.length;
          return raw(server.port, Buffer.concat([Buffer.from(head, 'utf8'), payload]), hangUp);
        }),
      );
      for (const [index, status] of statuses.entries()) {
        seen.set(status, (seen.get(status) ?? 0) + 1);
        assert.ok(expected.has(status), `${status} for ${JSON.stringify(requests[index]).slice(0, 300)}`);
      }
    }),
    { numRuns: 200, endOnFailure: true },
  );

  for (const status of [200, 400, 403, 404, 431])
    assert.ok((seen.get(status) ?? 0) > 20, `${status} came ${seen.get(status)} times`);
  assert.equal((await call(server.url, 'GET', '/projects/demo/files')).status, 200, 'still serving');
  // What clients have hung up on may still be at work.
  await server.close();
  assert.deepEqual(await tree(fixture.path, root), before, 'something outside the root changed');
  for (const name of await readdir(root)) assert.match(name, /^[A-Za-z0-9_%-]+$/);
  const failed = server.events.filter(({ event }) => event === 'sync.failed');
  assert.deepEqual(failed, [], 'no request was an internal error');
});

test('every id either has its own files or is refused: two ids never share one', {
  timeout: 120_000,
}, async (t) => {
  const fixture = await createFixture({});
  const server = await startServer(join(fixture.path, 'projects'));
  t.after(async () => {
    await server.close();
    await fixture.rm();
  });
  const ids = fc.sample(
    fc.oneof(
      segment,
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('a/b', 'a_b', 'a.b', 'Demo', 'demo', 'x'.repeat(400)),
    ),
    500,
  );
  const accepted = new Set<string>();
  for (const id of new Set(ids)) {
    const path = `/projects/${encodeURIComponent(id)}`;
    const lock = await call(server.url, 'POST', `${path}/lock`, { client: 'c' });
    if (lock.status !== 200) {
      // Node's fetch resolves dot segments, so `..` becomes another path.
      assert.ok([400, 404].includes(lock.status), `${lock.status} for ${JSON.stringify(id)}`);
      continue;
    }
    accepted.add(id);
    assert.deepEqual(
      (await call(server.url, 'GET', `${path}/files`)).json.files,
      [],
      `${JSON.stringify(id)} is not fresh`,
    );
    await call(server.url, 'PUT', `${path}/files/log.jsonl`, {
      client: 'c',
      body: JSON.stringify({ content: id }),
    });
  }
  assert.ok(accepted.size > 200);
  for (const id of accepted) {
    const { json } = await call(server.url, 'GET', `/projects/${encodeURIComponent(id)}/files/log.jsonl`);
    assert.equal(json.content, id);
  }
  assert.equal((await readdir(join(fixture.path, 'projects'))).length, accepted.size);
});

test('no request line makes the route throw, and a route never names a file that is not synced', () => {
  fc.assert(
    fc.property(method, fc.oneof(target, fc.string({ unit: 'binary' })), (verb, path) => {
      const route = parseRoute(verb, path);
      if (route.kind === 'download' || route.kind === 'upload') assert.ok(syncFileNames.includes(route.name));
      if ('project' in route) assert.doesNotMatch(route.project, /^\.{0,2}$|\0/);
    }),
    { numRuns: trials(10_000) },
  );
});
