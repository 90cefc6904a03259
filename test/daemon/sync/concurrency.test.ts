import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { call, startServer } from './server.ts';

test('of fifty clients that want one lock at once exactly one has it, turn after turn', async (t) => {
  const fixture = await createFixture({});
  const { url, close } = await startServer(join(fixture.path, 'projects'));
  t.after(async () => {
    await close();
    await fixture.rm();
  });
  const clients = Array.from({ length: 50 }, (_, index) => `client-${index}`);
  for (let turn = 0; turn < 5; turn += 1) {
    const answers = await Promise.all(
      clients.map((client) => call(url, 'POST', '/projects/demo/lock', { client })),
    );
    const winners = clients.filter((_, index) => answers[index]?.status === 200);
    assert.equal(winners.length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      assert.equal(answer.status, 409);
      assert.equal((answer.json.lock as { clientId: string }).clientId, winners[0]);
    }
    const writes = await Promise.all(
      clients.map((client) =>
        call(url, 'PUT', '/projects/demo/files/log.jsonl', { client, body: `by ${client}` }),
      ),
    );
    assert.deepEqual(
      clients.filter((_, index) => writes[index]?.status === 200),
      winners,
    );
    const { json } = await call(url, 'GET', '/projects/demo/files/log.jsonl');
    assert.equal(json.content, `by ${winners[0]}`);
    const releases = await Promise.all(
      clients.map((client) => call(url, 'DELETE', '/projects/demo/lock', { client })),
    );
    assert.ok(releases.some(({ status }) => status === 200));
  }
});

test('readers always see one whole version with its own time while it is being replaced', async (t) => {
  const fixture = await createFixture({});
  const { url, close } = await startServer(join(fixture.path, 'projects'));
  t.after(async () => {
    await close();
    await fixture.rm();
  });
  await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
  const times = new Map<string, string>();
  const version = (n: number) => {
    const text = `${n} `.repeat(20_000);
    return `${createHash('sha256').update(text).digest('hex')}\n${text}`;
  };
  const path = '/projects/demo/files/log.jsonl';
  const read: { content: string; mtime: string }[] = [];
  let writing = true;
  const readers = Array.from({ length: 4 }, async () => {
    while (writing) {
      const { status, json } = await call(url, 'GET', path);
      if (status === 200) read.push(json as never);
    }
  });
  for (let n = 0; n < 40; n += 1) {
    const { json } = await call(url, 'PUT', path, { client: 'w', body: version(n) });
    times.set(version(n), String(json.mtime));
  }
  writing = false;
  await Promise.all(readers);
  assert.ok(read.length > 10, `only ${read.length} reads`);
  for (const { content, mtime } of read) assert.equal(times.get(content), mtime);
  assert.equal(new Set(times.values()).size, 40, 'every version has its own time');
});

test('a body that ends early stores nothing', async (t) => {
  const fixture = await createFixture({});
  const { url, close, api } = await startServer(join(fixture.path, 'projects'));
  t.after(async () => {
    await close();
    await fixture.rm();
  });
  await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
  await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'w', body: 'whole' });
  for (let n = 0; n < 10; n += 1) {
    const abort = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('half a '));
        setTimeout(() => abort.abort(), 10);
      },
    });
    const sending = fetch(`${url}/projects/demo/files/log.jsonl`, {
      method: 'PUT',
      headers: { authorization: 'Bearer test-key-1', 'x-client-id': 'w' },
      body,
      duplex: 'half',
      signal: abort.signal,
    } as RequestInit);
    await assert.rejects(sending);
  }
  assert.equal((await call(url, 'GET', '/projects/demo/files/log.jsonl')).json.content, 'whole');
  assert.equal(api.counters().failed ?? 0, 0, 'a client that goes away is no failure of ours');
});

test('a slow upload holds up nobody, and its lock is asked for when it is all there', async (t) => {
  const fixture = await createFixture({});
  const { url, close } = await startServer(join(fixture.path, 'projects'));
  t.after(async () => {
    await close();
    await fixture.rm();
  });
  await call(url, 'POST', '/projects/demo/lock', { client: 'w' });
  let finish: () => void = () => undefined;
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('first half, '));
      finish = () => {
        controller.enqueue(Buffer.from('second half'));
        controller.close();
      };
    },
  });
  const slow = fetch(`${url}/projects/demo/files/log.jsonl`, {
    method: 'PUT',
    headers: { authorization: 'Bearer test-key-1', 'x-client-id': 'w' },
    body,
    duplex: 'half',
  } as RequestInit);
  assert.equal((await call(url, 'POST', '/projects/demo/lock/heartbeat', { client: 'w' })).status, 200);
  assert.equal(
    (await call(url, 'PUT', '/projects/demo/files/log.jsonl', { client: 'w', body: 'quick' })).status,
    200,
  );
  await call(url, 'DELETE', '/projects/demo/lock', { client: 'w' });
  finish();
  assert.equal((await slow).status, 403);
  assert.equal((await call(url, 'GET', '/projects/demo/files/log.jsonl')).json.content, 'quick');
});
