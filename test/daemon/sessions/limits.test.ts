import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../../src/system/clock.ts';
import { until } from '../../support/until.ts';
import { setUp } from './set-up.ts';

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
