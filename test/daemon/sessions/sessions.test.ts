import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type CloseReason,
  createSessions,
  type SessionsOptions,
} from '../../../src/daemon/sessions/index.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { holdClock } from '../../support/held-clock.ts';
import { until } from '../../support/until.ts';

const hour = 3_600_000;

type Line = [event: string, fields: Record<string, unknown>];

function setUp(changes: Partial<SessionsOptions<string>> = {}) {
  const clock = holdClock();
  const lines: Line[] = [];
  const disposed: [string, CloseReason][] = [];
  const sessions = createSessions<string>({
    idleTimeoutMs: 4 * hour,
    maxLifetimeMs: 0,
    maxSessions: 100,
    rate: { limit: 10, windowMs: 60_000 },
    clock,
    log: (event, fields = {}) => void lines.push([event, fields]),
    dispose: (attachment, reason) => void disposed.push([attachment, reason]),
    ...changes,
  });
  function open(client = 'tester'): string {
    const result = sessions.open(client, (id) => id);
    assert.equal(result.kind, 'opened');
    return result.kind === 'opened' ? result.session.id : '';
  }
  return { clock, lines, disposed, sessions, open };
}

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

test('an id of an earlier process is told from an invented one', () => {
  const before = setUp();
  const id = before.open();
  const { sessions } = setUp();
  assert.deepEqual(sessions.find(id), { kind: 'restarted' });
  assert.deepEqual(sessions.find('6f1c7d1e-0000-4000-8000-000000000000'), { kind: 'unknown' });
  assert.deepEqual(sessions.find(''), { kind: 'unknown' });
  assert.deepEqual(sessions.find('__proto__'), { kind: 'unknown' });
});

test('closed sessions are remembered, but not without end', () => {
  const { sessions, open } = setUp({ rate: { limit: 0, windowMs: 1 } });
  const first = open();
  sessions.close(first, 'client_closed');
  for (let i = 0; i < 1_000; i += 1) sessions.close(open(), 'client_closed');
  assert.deepEqual(sessions.find(first), { kind: 'unknown' });
});

test('whatever happens, each session is created once, closed at most once and never kept beyond its limits', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('open' as const) }),
    fc.record({ do: fc.constant('find' as const), at: fc.nat(40) }),
    fc.record({ do: fc.constant('close' as const), at: fc.nat(40) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.nat(1_500) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const limits = { idleTimeoutMs: 1_000, maxLifetimeMs: 2_000, maxSessions: 4 };
      const { clock, sessions, lines, disposed } = setUp({ ...limits, rate: { limit: 5, windowMs: 500 } });
      const known: { id: string; openedAt: number; usedAt: number }[] = [];
      for (const next of steps) {
        if (next.do === 'advance') clock.advance(next.ms);
        if (next.do === 'open') {
          const result = sessions.open('any', (id) => id);
          const now = clock.monotonic();
          if (result.kind === 'opened') known.push({ id: result.session.id, openedAt: now, usedAt: now });
        }
        const target = 'at' in next ? known[next.at] : undefined;
        if (target !== undefined && next.do === 'close') sessions.close(target.id, 'client_closed');
        if (target !== undefined && next.do === 'find' && sessions.find(target.id).kind === 'open') {
          target.usedAt = clock.monotonic();
        }
        const now = clock.monotonic();
        const closed = new Set(disposed.map(([id]) => id));
        assert.ok(sessions.counts().open <= limits.maxSessions);
        assert.equal(sessions.counts().open, known.length - closed.size);
        for (const { id, openedAt, usedAt } of known.filter((session) => !closed.has(session.id))) {
          assert.ok(now - openedAt < limits.maxLifetimeMs, `${id} outlived its lifetime`);
          assert.ok(now - usedAt < limits.idleTimeoutMs, `${id} outlived its idle timeout`);
        }
        assert.equal(closed.size, disposed.length, 'disposed twice');
        assert.equal(lines.filter(([event]) => event === 'session.created').length, known.length);
        assert.equal(lines.filter(([event]) => event === 'session.closed').length, disposed.length);
      }
      sessions.closeAll('shutdown');
      assert.equal(clock.waiting(), 0);
    }),
    { numRuns: 300 },
  );
});

test('in real seconds: idle timeout and maximum lifetime close at their time', async () => {
  const { sessions, open, disposed } = setUp({
    idleTimeoutMs: 1_000,
    maxLifetimeMs: 2_000,
    clock: systemClock,
  });
  const started = performance.now();
  const idle = open();
  const busy = open();
  await until('the idle session is closed', () => {
    sessions.find(busy);
    return disposed.some(([id, reason]) => id === idle && reason === 'idle_timeout');
  });
  assert.ok(performance.now() - started > 990);
  await until('the busy session is closed', () => {
    sessions.find(busy);
    return disposed.some(([id, reason]) => id === busy && reason === 'max_lifetime');
  });
  assert.ok(performance.now() - started > 1_990);
});
