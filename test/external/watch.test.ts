import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HealthWatch } from '../../src/external/watch.ts';
import { no, type ProbeAnswer, yes } from '../../src/service/probe-answer.ts';
import { holdClock } from '../support/held-clock.ts';

const settings = { intervalSecs: 10, timeoutSecs: 4, threshold: 3 };

/** A watch on a clock that is held: `answer` decides how a probe that takes `tookMs` ends. */
function watch(answer: () => { answer: ProbeAnswer; tookMs: number }, change: Partial<typeof settings> = {}) {
  const clock = holdClock();
  const seen: [number, string, number][] = [];
  const hung: [number, string][] = [];
  const watching = new HealthWatch({
    settings: { ...settings, ...change },
    clock,
    async probe() {
      const { answer: given, tookMs } = answer();
      // Not within the callback of the clock that is moving.
      await Promise.resolve();
      clock.advance(tookMs);
      return given;
    },
    onAnswer: (given, failures) => seen.push([clock.monotonic(), given.kind, failures]),
    onHung: (why) => hung.push([clock.monotonic(), why]),
  });
  watching.start();
  /** Lets time pass second by second, so that what is due happens when it is. */
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i += 1) {
      clock.advance(1000);
      await turn();
    }
  };
  return { clock, seen, hung, pass, watching };
}

describe('a health watch', () => {
  it('asks a healthy daemon once an interval, less the time it may take', async () => {
    const { seen, hung, pass } = watch(() => ({ answer: yes, tookMs: 0 }));
    await pass(20);
    assert.deepEqual(
      seen.map(([at]) => at),
      [6000, 12_000, 18_000],
    );
    assert.deepEqual(hung, []);
  });

  it('calls it hung after interval × threshold of silence', async () => {
    const { hung, pass } = watch(() => ({ answer: no('silent'), tookMs: 4000 }));
    await pass(40);
    assert.deepEqual(hung, [[30_000, 'silent']]);
  });

  it('begins to count anew with every good answer', async () => {
    let asked = 0;
    const { hung, seen, pass } = watch(() => {
      asked += 1;
      return asked % 3 === 0 ? { answer: yes, tookMs: 0 } : { answer: no('busy'), tookMs: 0 };
    });
    await pass(300);
    assert.deepEqual(hung, []);
    assert.equal(Math.max(...seen.map(([, , failures]) => failures)), 2);
  });

  it('never blames the daemon for the machine’s sleep (X10)', async () => {
    let asleep = false;
    const { hung, seen, pass, clock } = watch(() => ({
      answer: no('no answer'),
      tookMs: asleep ? 3_600_000 : 4000,
    }));
    await pass(8);
    assert.equal(seen.length, 1);
    asleep = true;
    await pass(10);
    asleep = false;
    // Woken up in the middle of a probe: that one does not count, nor the one before.
    await pass(10);
    assert.deepEqual(hung, []);
    assert.equal(seen[1]?.[2], 1);
    // Asleep between two probes.
    clock.advance(3_600_000);
    await turn();
    assert.deepEqual(hung, []);
  });

  it('with a threshold of 0 only tells', async () => {
    const { hung, seen, pass } = watch(() => ({ answer: no('silent'), tookMs: 0 }), { threshold: 0 });
    await pass(200);
    assert.deepEqual(hung, []);
    assert.ok(seen.length > 10);
  });

  it('says nothing more once it is stopped', async () => {
    const { seen, pass, watching, clock } = watch(() => ({ answer: yes, tookMs: 0 }));
    await pass(7);
    watching.stop();
    await pass(60);
    assert.equal(seen.length, 1);
    assert.equal(clock.waiting(), 0);
  });
});
