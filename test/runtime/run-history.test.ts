import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  beginRun,
  defaultCrashLoopLimit,
  endRun,
  type Moment,
  type Runs,
  resetRuns,
  runReady,
  runsShape,
} from '../../src/runtime/run-history.ts';
import { parseState } from '../../src/service/state-text.ts';

const boot = Date.parse('2026-01-01T00:00:00Z');
const at = (uptimeSecs: number, bootedAt = boot): Moment => ({
  bootedAt,
  uptimeSecs,
  at: `at ${uptimeSecs}`,
});
const run = { pid: 1, build: 'b1', startedAt: 'then' };
const begin = (before: Runs | undefined, now: Moment, build = 'b1') =>
  beginRun(before, { ...run, build }, now, defaultCrashLoopLimit);

describe('the account of runs', () => {
  it('begins with nothing', () => {
    const runs = begin(undefined, at(10));
    assert.deepEqual([runs.restarts, runs.parked, runs.current?.ready], [0, null, false]);
  });

  it('counts restarts after crashes and kills, and begins anew after a clean end', () => {
    let runs = endRun(runReady(begin(undefined, at(10))), 'crashed', 'boom', at(20));
    runs = runReady(begin(runs, at(21)));
    assert.equal(runs.restarts, 1);
    runs = runReady(begin(runs, at(30)));
    assert.equal(runs.restarts, 2);
    assert.equal(runs.lastExit?.kind, 'killed');
    runs = begin(endRun(runs, 'clean', 'SIGTERM', at(40)), at(41));
    assert.equal(runs.restarts, 0);
  });

  it('parks after five failures within a minute, not when they are spread out (M10)', () => {
    const after = (stepSecs: number) => {
      let runs: Runs | undefined;
      for (let i = 0; i < 5; i += 1)
        runs = endRun(begin(runs, at(i * stepSecs)), 'crashed', 'boom', at(i * stepSecs));
      return begin(runs, at(4 * stepSecs + 1));
    };
    assert.match(after(2).parked?.reason ?? '', /5 times in 60 s, last: boom/);
    assert.equal(after(2).current, null);
    assert.equal(after(20).parked, null);
  });

  it('counts a death before it was ready as a failure', () => {
    let runs: Runs | undefined;
    for (let i = 0; i < 6; i += 1) runs = begin(runs, at(i));
    assert.match(runs?.parked?.reason ?? '', /before it was ready/);
  });

  it('bears being killed more often once it has served', () => {
    let runs: Runs | undefined;
    const kill = (times: number) => {
      for (let i = 0; i < times; i += 1) runs = runReady(begin(runs, at(i)));
    };
    kill(30);
    assert.equal(runs?.parked, null);
    kill(2);
    assert.notEqual(runs?.parked, null);
  });

  it('stays parked, until it is forgiven, the build is another or the machine was booted', () => {
    let runs: Runs | undefined;
    for (let i = 0; i < 6; i += 1) runs = begin(runs, at(i));
    assert.ok(runs);
    assert.notEqual(begin(runs, at(5000)).parked, null);
    for (const next of [
      begin(resetRuns(runs), at(20)),
      begin(runs, at(20), 'b2'),
      begin(runs, at(9, boot + 6e6)),
    ]) {
      assert.equal(next.parked, null);
      assert.equal(next.restarts, 0);
      assert.deepEqual(next.failures, []);
    }
  });

  it('does not take a reboot for a crash, nor a clock that is set for a reboot (X10)', () => {
    const before = runReady(begin(undefined, at(1000)));
    const rebooted = begin(before, at(20, boot + 3_600_000));
    assert.deepEqual([rebooted.restarts, rebooted.lastExit?.reason], [0, 'the machine went down']);
    assert.equal(begin(before, at(1001, boot + 60_000)).restarts, 1);
  });

  it('does not count an end that it explained as final', () => {
    const runs = endRun(begin(undefined, at(1)), 'refused', 'bad definition', at(2));
    assert.equal(begin(runs, at(3)).restarts, 0);
  });

  it('reads back what it wrote, and nothing else', () => {
    const runs = begin(undefined, at(1));
    assert.deepEqual(parseState(JSON.stringify(runs), runsShape), { kind: 'valid', value: runs });
    for (const text of ['', '{', 'null', '[]', '{"schema":2}', '{"schema":1}'])
      assert.equal(parseState(text, runsShape).kind, 'invalid');
  });
});
