import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { createSyncApi } from '../../../src/daemon/sync/index.ts';
import { createRateLimiter } from '../../../src/daemon/sync/rate-limit.ts';
import { createRequestRates } from '../../../src/daemon/sync/request-rates.ts';
import { MemorydError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { startTestDaemon, token } from '../../support/daemon.ts';
import { holdClock } from '../../support/held-clock.ts';
import { heldClock } from './clock.ts';
import { call, startServer } from './server.ts';

const options = {
  dir: '/nonexistent',
  lockTtlMs: 1000,
  rateLimit: { max: 1, windowMs: 1000 },
  log: () => undefined,
  clock: systemClock,
};

test('without a key, or with an empty one, there is no API: it never falls back to open', () => {
  for (const apiKeys of [[], [''], ['good', ' ']]) {
    assert.throws(
      () => createSyncApi({ ...options, apiKeys }),
      (error) => error instanceof MemorydError && error.kind === 'configuration',
    );
  }
});

test('the rate is counted per client in windows of the monotonic clock, 0 is no limit', () => {
  const clock = heldClock();
  const wait = createRateLimiter({ limit: 2, windowMs: 60_000 }, clock);
  assert.deepEqual([wait('a'), wait('a'), wait('b')], [undefined, undefined, undefined]);
  clock.pass(20_000);
  clock.setWall(0);
  assert.equal(wait('a'), 40_000);
  assert.equal(wait('b'), undefined);
  clock.pass(40_000);
  assert.equal(wait('a'), undefined);
  const open = createRateLimiter({ limit: 0, windowMs: 60_000 }, clock);
  for (let n = 0; n < 1000; n += 1) assert.equal(open('a'), undefined);
});

test('one of many clients is forgotten, none of them is refused for the others', () => {
  const wait = createRateLimiter({ limit: 1, windowMs: 60_000 }, heldClock());
  for (let n = 0; n < 5_000; n += 1) assert.equal(wait(`127.0.${n >> 8}.${n & 255}`), undefined);
  assert.equal(wait('127.0.19.135'), 60_000);
});

test('requests without a key never use up the rate of those with one', async (t) => {
  const { ask } = await startTestDaemon(t, {
    settings: { sync: { apiKeys: ['another-key'], rateLimit: 3 } },
  });
  const files = (authorization: string | null) => ask('GET', '/projects/x/files', { authorization });
  for (const wrong of [null, 'Bearer nonsense', 'Basic dGVzdA==']) {
    for (let n = 0; n < 40; n += 1) await files(wrong);
  }
  assert.equal((await files(null)).status, 429);
  for (const right of [token, 'another-key']) {
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await files(`Bearer ${right}`)).status);
    assert.deepEqual(statuses, [200, 200, 200, 429], 'each key has the whole rate');
  }
});

test('beyond loopback keys cannot be tried without end, and who has shown one is not locked out', () => {
  const clock = heldClock();
  const wait = createRequestRates({ limit: 2, windowMs: 60_000 }, clock);
  const right = { kind: 'right', index: 0 } as const;
  const there = '192.0.2.7';
  assert.equal(wait(right, there), undefined);
  assert.equal(wait({ kind: 'wrong' }, there), undefined);
  assert.equal(wait({ kind: 'wrong' }, there), 60_000);
  assert.equal(wait(right, there), undefined, 'its key is known');
  assert.equal(wait({ kind: 'right', index: 1 }, there), 60_000, 'this one may have been guessed');
  assert.equal(wait(right, '192.0.2.8'), undefined);
  clock.pass(60_000);
  assert.equal(wait({ kind: 'right', index: 1 }, there), undefined);
});

test('it counts what it did, and after close takes nothing more', async (t) => {
  const fixture = await createFixture({});
  const server = await startServer(join(fixture.path, 'projects'), {
    rateLimit: { max: 8, windowMs: 60_000 },
  });
  t.after(async () => {
    await server.close();
    await fixture.rm();
  });
  await call(server.url, 'POST', '/projects/p/lock', { client: 'a' });
  await call(server.url, 'POST', '/projects/p/lock', { client: 'b' });
  await call(server.url, 'PUT', '/projects/p/files/summary.md', { client: 'a', body: 'text' });
  await call(server.url, 'GET', '/projects/p/files/summary.md');
  await call(server.url, 'GET', '/projects/p/files', { headers: { authorization: 'Bearer no' } });
  assert.deepEqual(server.api.counters(), {
    requests: 5,
    locksGranted: 1,
    lockConflicts: 1,
    filesStored: 1,
    bytesStored: 4,
    filesServed: 1,
    unauthorized: 1,
    rateLimited: 0,
    failed: 0,
  });
  await server.api.close();
  assert.equal((await call(server.url, 'GET', '/projects/p/files')).status, 503);
  assert.equal(JSON.stringify(server.events).includes('test-key'), false, 'no key is logged');
});

test('mounting touches nothing on disk', async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  createSyncApi({ ...options, dir: join(fixture.path, 'projects'), apiKeys: ['k'] });
  assert.deepEqual(await readdir(fixture.path), []);
});

test('what the definition says of locks and of the rate is what holds', async (t) => {
  const clock = holdClock();
  const settings = { sync: { lockTtlMinutes: 2, rateLimit: 3, rateWindowSecs: 30 } };
  const { ask } = await startTestDaemon(t, { clock, settings });
  const lock = (client: string) => ask('POST', '/projects/p/lock', { 'x-client-id': client });
  const { acquiredAt, expiresAt } = (await lock('a')).json.lock;
  assert.equal(Date.parse(expiresAt) - Date.parse(acquiredAt), 120_000);
  clock.advance(119_999);
  assert.equal((await lock('b')).status, 409);
  clock.advance(1);
  assert.equal((await lock('b')).status, 200);
  assert.equal((await lock('b')).status, 200);
  const refused = await lock('b');
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '30']);
  clock.advance(30_000);
  assert.equal((await lock('b')).status, 200);
});
