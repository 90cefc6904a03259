import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, setUp } from './set-up.ts';

test('opening and closing write one structured line each', () => {
  const { clock, lines, sessions, open, disposed } = setUp();
  const id = open('claude-code');
  clock.advance(1_500);
  assert.equal(sessions.close(id, 'client_closed'), true);
  assert.equal(sessions.close(id, 'client_closed'), false);
  assert.deepEqual(lines, [
    ['session.created', { id, client: 'claude-code' }],
    ['session.closed', { id, client: 'claude-code', durationMs: 1_500, reason: 'client_closed' }],
  ]);
  assert.deepEqual(disposed, [[id, 'client_closed']]);
});

test('an idle session is closed after the idle timeout, a busy one is not', () => {
  const { clock, sessions, open } = setUp({ idleTimeoutMs: 1_000 });
  const busy = open();
  const idle = open();
  clock.advance(900);
  assert.equal(sessions.find(busy).kind, 'open');
  clock.advance(100);
  assert.deepEqual(sessions.find(idle), { kind: 'closed', reason: 'idle_timeout' });
  clock.advance(799);
  assert.equal(sessions.find(busy).kind, 'open');
  clock.advance(1_000);
  assert.deepEqual(sessions.find(busy), { kind: 'closed', reason: 'idle_timeout' });
});

test('a session is closed at its maximum lifetime however busy it is', () => {
  const { clock, sessions, open } = setUp({ idleTimeoutMs: 1_000, maxLifetimeMs: 2_500 });
  const id = open();
  for (let i = 0; i < 4; i += 1) {
    clock.advance(600);
    assert.equal(sessions.find(id).kind, 'open');
  }
  clock.advance(100);
  assert.deepEqual(sessions.find(id), { kind: 'closed', reason: 'max_lifetime' });
});

test('each timeout alone is off at 0: nothing else takes its place', () => {
  for (const limits of [
    { idleTimeoutMs: 0, maxLifetimeMs: 0 },
    { idleTimeoutMs: 0, maxLifetimeMs: 1_000 * hour },
    { idleTimeoutMs: 1_000 * hour, maxLifetimeMs: 0 },
  ]) {
    const { clock, sessions, open } = setUp(limits);
    const id = open();
    clock.advance(999 * hour);
    assert.equal(sessions.find(id).kind, 'open', JSON.stringify(limits));
  }
});

test('work that takes longer than the idle timeout keeps its session, and its end is activity', () => {
  const { clock, sessions, disposed } = setUp({ idleTimeoutMs: 1_000, maxLifetimeMs: 60_000 });
  const opened = sessions.open('tester', (id) => id);
  assert.ok(opened.kind === 'opened');
  const { id, hold } = opened.session;
  const [first, second] = [hold(), hold()];
  clock.advance(10_000);
  first();
  clock.advance(10_500);
  second();
  clock.advance(999);
  assert.deepEqual(disposed, []);
  clock.advance(1);
  assert.deepEqual(disposed, [[id, 'idle_timeout']]);
  const busy = sessions.open('tester', (name) => name);
  assert.ok(busy.kind === 'opened');
  busy.session.hold();
  clock.advance(60_000);
  assert.deepEqual(
    disposed.at(-1),
    [busy.session.id, 'max_lifetime'],
    'the other timeout knows nothing of it',
  );
  assert.equal(clock.waiting(), 0);
});

test('a session that cannot be made leaves no trace, and costs nobody else theirs', () => {
  const { clock, sessions, open, disposed, lines } = setUp({ maxSessions: 1 });
  open();
  const before = { waiting: clock.waiting(), lines: lines.length };
  assert.throws(
    () =>
      sessions.open('unlucky', () => {
        throw new Error('out of memory');
      }),
    /out of memory/,
  );
  assert.deepEqual(disposed, []);
  assert.deepEqual({ waiting: clock.waiting(), lines: lines.length }, before);
  assert.equal(sessions.counts().open, 1);
});

test('an early close leaves no timer behind', () => {
  const { clock, sessions, open } = setUp({ idleTimeoutMs: hour, maxLifetimeMs: 2 * hour });
  const id = open();
  assert.equal(clock.waiting(), 2);
  clock.advance(hour / 2);
  sessions.close(id, 'client_closed');
  assert.equal(clock.waiting(), 0);
  open();
  clock.advance(hour);
  assert.equal(clock.waiting(), 0, 'the lifetime timer of an idle session is cancelled with it');
});

test('one session over the cap closes the oldest, in exact order', () => {
  const { disposed, open, sessions } = setUp({ maxSessions: 3, rate: { limit: 0, windowMs: 1 } });
  const ids = Array.from({ length: 8 }, () => open());
  // Activity does not make a session younger.
  assert.equal(sessions.find(ids[5] as string).kind, 'open');
  ids.push(open());
  assert.deepEqual(
    disposed,
    ids.slice(0, 6).map((id) => [id, 'evicted']),
  );
  assert.equal(sessions.counts().open, 3);
});

test('a cap of 0 is no cap', () => {
  const { open, sessions, disposed } = setUp({ maxSessions: 0, rate: { limit: 0, windowMs: 1 } });
  for (let i = 0; i < 1_001; i += 1) open();
  assert.equal(sessions.counts().open, 1_001);
  assert.deepEqual(disposed, []);
});

test('a rate of 0, or a window of 0, is no limit', () => {
  for (const rate of [
    { limit: 0, windowMs: 60_000 },
    { limit: 1, windowMs: 0 },
  ]) {
    const { open, sessions } = setUp({ rate });
    for (let i = 0; i < 50; i += 1) open();
    assert.deepEqual([sessions.counts().open, sessions.counts().refused], [50, 0]);
  }
});

test('over the rate nothing is opened and nobody is evicted; the wait is told', () => {
  const { clock, sessions, open, disposed } = setUp({ maxSessions: 2, rate: { limit: 2, windowMs: 10_000 } });
  open();
  clock.advance(4_000);
  open();
  assert.deepEqual(
    sessions.open('late', (id) => id),
    { kind: 'refused', retryAfterMs: 6_000 },
  );
  assert.deepEqual(disposed, []);
  assert.equal(sessions.counts().open, 2);
  clock.advance(5_999);
  assert.equal(sessions.open('late', (id) => id).kind, 'refused');
  clock.advance(1);
  assert.equal(sessions.open('late', (id) => id).kind, 'opened');
  assert.deepEqual(sessions.counts().refused, 2);
});

test('shutdown closes every session with that reason', () => {
  const { clock, sessions, open, disposed } = setUp();
  const ids = [open(), open(), open()];
  sessions.closeAll('shutdown');
  assert.deepEqual(
    disposed,
    ids.map((id) => [id, 'shutdown']),
  );
  assert.deepEqual(sessions.counts().closed, {
    idle_timeout: 0,
    max_lifetime: 0,
    evicted: 0,
    client_closed: 0,
    shutdown: 3,
  });
  assert.equal(clock.waiting(), 0);
});

test('N37: an id of an earlier process is told from an invented one', () => {
  const before = setUp();
  const id = before.open();
  const { sessions } = setUp();
  assert.deepEqual(sessions.find(id), { kind: 'forgotten' });
  assert.deepEqual(setUp({ idKey: 'another key' }).sessions.find(id), { kind: 'unknown' });
  const changed = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  assert.deepEqual(sessions.find(changed), { kind: 'unknown' });
  assert.deepEqual(sessions.find('6f1c7d1e-0000-4000-8000-000000000000'), { kind: 'unknown' });
  assert.deepEqual(sessions.find('6f1c7d1e-0000-4000-8000-000000000000-0000000000000000'), {
    kind: 'unknown',
  });
  assert.deepEqual(sessions.find(''), { kind: 'unknown' });
  assert.deepEqual(sessions.find('__proto__'), { kind: 'unknown' });
});

test('closed sessions are remembered, but not without end', () => {
  const { sessions, open } = setUp({ rate: { limit: 0, windowMs: 1 } });
  const first = open();
  sessions.close(first, 'client_closed');
  for (let i = 0; i < 1_000; i += 1) sessions.close(open(), 'client_closed');
  assert.deepEqual(sessions.find(first), { kind: 'forgotten' });
});
