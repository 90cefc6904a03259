import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beatEvery, beatMs, HeartbeatMonitor } from '../../src/host/heartbeat.ts';
import { holdClock } from '../support/held-clock.ts';

test('the beat is a quarter of the patience, 120 s by default, and 0 is off', () => {
  assert.equal(beatMs({}), 30_000);
  assert.equal(beatMs({ MEMORYD_WATCHDOG_SECS: '' }), 30_000);
  assert.equal(beatMs({ MEMORYD_WATCHDOG_SECS: '2' }), 500);
  assert.equal(beatMs({ MEMORYD_WATCHDOG_SECS: '0' }), undefined);
  for (const wrong of ['soon', '-1', '1.5', '1e3', '99999999']) {
    assert.throws(() => beatMs({ MEMORYD_WATCHDOG_SECS: wrong }), { kind: 'configuration' });
  }
});

test('a host that beats is never silent, one that stops is, once', () => {
  const clock = holdClock();
  let silent = 0;
  let alive = true;
  const watch = new HeartbeatMonitor(clock, 1000, () => {
    silent += 1;
  });
  beatEvery(clock, 1000, () => alive && watch.beat());
  clock.advance(100_000);
  assert.equal(silent, 0);
  alive = false;
  clock.advance(4000);
  assert.equal(silent, 0);
  clock.advance(2000);
  assert.equal(silent, 1);
  clock.advance(100_000);
  assert.equal(silent, 1);
});

test('nothing is expected of a host before its first beat, and nothing of one that has ended', () => {
  const clock = holdClock();
  const watch = new HeartbeatMonitor(clock, 1000, () => assert.fail('it is not silent'));
  clock.advance(100_000);
  watch.beat();
  watch.end();
  clock.advance(100_000);
  assert.equal(clock.waiting(), 0);
});

test('X10: however long the machine slept, a host that beats when it wakes is alive', () => {
  const due = new Set<() => void>();
  const clock = {
    ...holdClock(),
    after(_ms: number, callback: () => void) {
      due.add(callback);
      return { cancel: () => void due.delete(callback) };
    },
  };
  /** What is due after a sleep comes once, whatever the sleep was worth. */
  const wake = () => {
    const now = [...due];
    due.clear();
    for (const callback of now) callback();
  };
  const watch = new HeartbeatMonitor(clock, 1000, () => assert.fail('it is not silent'));
  beatEvery(clock, 1000, () => watch.beat());
  for (let nights = 0; nights < 100; nights += 1) wake();
});
