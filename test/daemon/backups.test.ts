import assert from 'node:assert/strict';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createFixture } from 'fs-fixture';
import { scheduleBackups } from '../../src/daemon/backups.ts';
import type { StartJob } from '../../src/daemon/store/job/run.ts';
import { holdClock } from '../support/held-clock.ts';

const hourMs = 3_600_000;

/** A schedule over a store that is written whenever `write` is called, with backups that are made at once. */
async function openSchedule(t: TestContext, settings = { everyHours: 24, keep: 2 }) {
  const fixture = await createFixture({});
  const clock = holdClock();
  const path = fixture.getPath('memories.db');
  const directory = fixture.getPath('backups');
  const failures: Error[] = [];
  const logged: string[] = [];
  const put = (file: string) => {
    writeFileSync(file, '');
    const at = clock.now();
    utimesSync(file, at, at);
  };
  const startJob: StartJob = (name, from, to = '') => {
    assert.deepEqual([name, from], ['backUp', path]);
    const failure = failures.pop();
    if (failure === undefined) put(to);
    return {
      done: failure === undefined ? Promise.resolve() : Promise.reject(failure),
      kill: () => undefined,
    };
  };
  const log = (event: string) => void logged.push(event);
  const schedule = scheduleBackups({ path, directory, settings, startJob, clock, log });
  t.after(async () => {
    schedule.stop();
    await fixture.rm();
  });
  /** Lets hours pass, with what follows from each. */
  const pass = async (hours: number) => {
    for (let hour = 0; hour < hours; hour += 1) {
      clock.advance(hourMs);
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    }
  };
  const names = () => {
    try {
      return readdirSync(directory).map((name) => basename(name));
    } catch {
      return [];
    }
  };
  return { write: () => put(path), pass, names, failures, logged, schedule, clock };
}

test('a store that is written is backed up once a day, and the oldest backups are removed', async (t) => {
  const { write, pass, names } = await openSchedule(t);
  await pass(2);
  assert.deepEqual(names(), [], 'nothing was stored yet');
  write();
  await pass(2);
  assert.equal(names().length, 1);
  const [first] = names();
  for (let day = 0; day < 3; day += 1) {
    write();
    await pass(25);
  }
  assert.equal(names().length, 2);
  assert.ok(!names().includes(first as string));
});

test('a store that was not written since is not backed up again', async (t) => {
  const { write, pass, names } = await openSchedule(t);
  write();
  await pass(100);
  assert.equal(names().length, 1);
});

test('a backup that fails is logged, removes no earlier one, and is tried again after an hour', async (t) => {
  const { write, pass, names, failures, logged } = await openSchedule(t);
  write();
  await pass(2);
  write();
  await pass(20);
  failures.push(new Error('damaged'), new Error('damaged'));
  await pass(5);
  assert.deepEqual(logged, ['store.backup-failed', 'store.backup-failed']);
  assert.equal(names().length, 2);
});

test('without hours or without backups to keep there are none', async (t) => {
  for (const settings of [
    { everyHours: 0, keep: 7 },
    { everyHours: 24, keep: 0 },
  ]) {
    const { write, pass, names } = await openSchedule(t, settings);
    write();
    await pass(50);
    assert.deepEqual(names(), []);
  }
});
