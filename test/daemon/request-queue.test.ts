import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createRequestQueue } from '../../src/daemon/request-queue.ts';
import { get } from '../support/host-home.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('work begins at once where nothing waits, then one piece a turn, in order', async () => {
  const inTurn = createRequestQueue();
  const begun: number[] = [];
  for (let n = 0; n < 4; n += 1) inTurn(() => begun.push(n));
  const seen = [begun.length];
  for (let n = 0; n < 5; n += 1) {
    await nextTurn();
    seen.push(begun.length);
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 4, 4]);
  assert.deepEqual(begun, [0, 1, 2, 3]);
  inTurn(() => begun.push(4));
  assert.deepEqual(begun, [0, 1, 2, 3, 4], 'at once again');
});

test('while work waits, a connection is taken with each piece of it', async (t) => {
  const inTurn = createRequestQueue();
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let left = 0;
  const busy = () => {
    const end = performance.now() + 5;
    while (performance.now() < end);
    left -= 1;
  };
  for (; left < 400; left += 1) inTurn(busy);
  const answers = Array.from({ length: 20 }, async () => {
    await get(port, '/');
    return left;
  });
  const whenAnswered = await Promise.all(answers);
  assert.ok(
    whenAnswered.every((work) => work > 0),
    'who connects does not wait for all the others',
  );
});
