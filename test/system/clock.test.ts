import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { holdClock } from '../support/held-clock.ts';

describe('a clock that sleeps', () => {
  it('wakes when the time is over', async () => {
    const clock = holdClock();
    const sleeping = clock.sleep(1000);
    clock.advance(999);
    assert.equal(clock.waiting(), 1);
    clock.advance(1);
    assert.equal(clock.waiting(), 0);
    await sleeping;
  });

  for (const [name, clock] of [
    ['the real one', systemClock],
    ['a held one', holdClock()],
  ] as const) {
    it(`wakes at once when it is told to: ${name}`, { timeout: 10_000 }, async () => {
      const stop = new AbortController();
      const sleeping = clock.sleep(3_600_000, stop.signal);
      stop.abort();
      await sleeping;
      await clock.sleep(3_600_000, stop.signal);
    });
  }
});
