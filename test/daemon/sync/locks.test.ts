import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { formatLock, parseLock } from '../../../src/daemon/sync/lock-file.ts';
import { createLocks } from '../../../src/daemon/sync/locks.ts';
import { heldClock } from './clock.ts';

const minute = 60_000;
const ttlMs = 30 * minute;

async function setUp(t: { after(done: () => Promise<void>): void }, files: Record<string, string> = {}) {
  const fixture = await createFixture(files);
  t.after(() => fixture.rm());
  const clock = heldClock();
  const start = () => createLocks({ ttlMs, clock, log: () => undefined });
  return { directory: fixture.path, file: join(fixture.path, '.lock.json'), clock, start, locks: start() };
}

test('a lock ends one TTL after it was taken or extended, not earlier and not later', async (t) => {
  const { directory, clock, locks } = await setUp(t);
  assert.equal((await locks.acquire(directory, 'a')).kind, 'yours');
  clock.pass(ttlMs - 1);
  assert.equal((await locks.acquire(directory, 'b')).kind, 'theirs');
  assert.equal((await locks.heartbeat(directory, 'a')).kind, 'yours');
  clock.pass(ttlMs - 1);
  assert.equal(locks.holder(directory)?.clientId, 'a');
  clock.pass(1);
  assert.equal(locks.holder(directory), undefined);
  assert.equal(
    (await locks.heartbeat(directory, 'a')).kind,
    'nobody',
    'what ran out is taken again, not extended',
  );
  assert.equal((await locks.acquire(directory, 'b')).kind, 'yours');
});

test('X10: the wall clock set forward or back neither ends nor prolongs a lock of this process', async (t) => {
  const { directory, clock, locks } = await setUp(t);
  const start = clock.now().getTime();
  await locks.acquire(directory, 'a');
  clock.setWall(start + 365 * 24 * 60 * minute);
  assert.equal((await locks.acquire(directory, 'b')).kind, 'theirs', 'a year ahead');
  clock.setWall(start - 365 * 24 * 60 * minute);
  clock.pass(ttlMs);
  assert.equal((await locks.acquire(directory, 'b')).kind, 'yours', 'a year back');
});

test('a restart keeps a lock for what is left of it by the wall clock, and never longer than one TTL', async (t) => {
  const { directory, clock, locks, start } = await setUp(t);
  const begin = clock.now().getTime();
  await locks.acquire(directory, 'a');
  clock.pass(20 * minute);
  const second = start();
  assert.equal((await second.acquire(directory, 'b')).kind, 'theirs');
  clock.pass(10 * minute);
  assert.equal(second.holder(directory), undefined, 'ten minutes were left');

  await second.acquire(directory, 'b');
  clock.setWall(begin - 24 * 60 * minute);
  const third = start();
  assert.equal(third.holder(directory)?.clientId, 'b');
  clock.pass(ttlMs);
  assert.equal(third.holder(directory), undefined, 'set back a day, still one TTL');
});

test('an empty, torn or nonsensical lock file is no lock and is healed by the next one', async (t) => {
  const { directory, file, locks } = await setUp(t);
  const whole = formatLock({
    clientId: 'x',
    acquiredAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2099-01-01T00:00:00.000Z',
  });
  for (const text of [
    '',
    ' ',
    '{',
    'null',
    '[]',
    '{}',
    '"x"',
    '{"clientId":"x"}',
    whole.replace('"x"', '""'),
    whole.slice(0, -10),
    whole.replace('2099-01-01', 'later'),
    '\0'.repeat(80),
  ]) {
    await writeFile(file, text);
    assert.equal(locks.holder(directory), undefined, JSON.stringify(text));
    assert.equal(await readFile(file, 'utf8'), text, 'looking changes nothing');
    assert.equal((await locks.acquire(directory, 'b')).kind, 'yours', JSON.stringify(text));
    assert.equal(parseLock(await readFile(file, 'utf8'))?.clientId, 'b');
    assert.equal((await locks.release(directory, 'b')).kind, 'yours');
  }
});

test('a lock file removed by hand frees the project, as claude-mneme’s troubleshooting says', async (t) => {
  const { directory, file, locks } = await setUp(t);
  await locks.acquire(directory, 'a');
  await rm(file);
  assert.equal((await locks.heartbeat(directory, 'a')).kind, 'nobody');
  assert.equal((await locks.acquire(directory, 'b')).kind, 'yours');
});

test('extending keeps the time since which a lock is held', async (t) => {
  const { directory, clock, locks } = await setUp(t);
  const first = await locks.acquire(directory, 'a');
  clock.pass(minute);
  const second = await locks.heartbeat(directory, 'a');
  assert.ok(first.kind === 'yours' && second.kind === 'yours');
  assert.equal(second.lock.acquiredAt, first.lock.acquiredAt);
  assert.equal(Date.parse(second.lock.expiresAt) - Date.parse(first.lock.expiresAt), minute);
});

test('a lock file says the same after it was written and read, and no text makes reading it throw', () => {
  const time = fc
    .date({ min: new Date(0), max: new Date('2999-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      time,
      time,
      (clientId, acquiredAt, expiresAt) => {
        assert.deepEqual(parseLock(formatLock({ clientId, acquiredAt, expiresAt })), {
          clientId,
          acquiredAt,
          expiresAt,
        });
      },
    ),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseLock(text)),
    { numRuns: 2000 },
  );
});
