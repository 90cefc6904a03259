import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { createSyncApi } from '../../../src/daemon/sync/index.ts';
import { createRateLimiter } from '../../../src/daemon/sync/rate-limit.ts';
import { MemorydError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { startTestDaemon } from '../../support/daemon.ts';
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
