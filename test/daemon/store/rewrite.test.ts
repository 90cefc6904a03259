import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createFixture } from 'fs-fixture';
import { connect } from '../../../src/daemon/store/connection.ts';
import { createStore } from '../../../src/daemon/store/index.ts';
import type { StartJob } from '../../../src/daemon/store/job/run.ts';
import {
  deletions,
  needsRewrite,
  noteRewritten,
  setTask,
} from '../../../src/daemon/store/maintenance-state.ts';
import { createRewriter } from '../../../src/daemon/store/rewrite.ts';
import { holdClock } from '../../support/held-clock.ts';
import { until } from '../../support/until.ts';

/** A rewrite in the place of the process: it holds the write lock until it ends. */
interface FakeJob {
  connection: DatabaseSync;
  killed: boolean;
  end(error?: Error): void;
}

/** A store whose rewrites are fakes, and all that were started. */
async function openStore(t: TestContext) {
  const fixture = await createFixture({});
  const clock = holdClock();
  const errors: unknown[] = [];
  const jobs: FakeJob[] = [];
  const startJob: StartJob = (_name, path) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const connection = new DatabaseSync(path);
    connection.exec('BEGIN IMMEDIATE');
    const job: FakeJob = {
      connection,
      killed: false,
      end(error) {
        connection.close();
        if (error === undefined) resolve();
        else reject(error);
      },
    };
    jobs.push(job);
    const kill = () => {
      job.killed = true;
      job.end(new Error('killed'));
    };
    return { done: promise, kill };
  };
  const store = createStore(fixture.path, clock, (event, fields) => void errors.push({ event, ...fields }), {
    startJob,
    rewrittenAtOnce: 0,
  });
  t.after(async () => {
    store.close();
    await fixture.rm();
  });
  const path = join(fixture.path, 'memories.db');
  return { store, path, clock, jobs, errors };
}

/** Deletes a memory of a store with two, lets the quiet time pass and gives the rewrite that follows. */
async function startRewrite({ store, clock, jobs }: Awaited<ReturnType<typeof openStore>>): Promise<FakeJob> {
  store.add({ content: 'stays' });
  store.delete(store.add({ content: 'goes' }).id);
  clock.advance(5_000);
  await until('a rewrite starts', () => jobs.length > 0);
  return jobs.at(-1) as FakeJob;
}

/** Ends a rewrite as the process does. */
function succeed(job: FakeJob): void {
  job.connection.exec('COMMIT');
  const connection = connect(job.connection);
  connection.transaction(() => noteRewritten(connection, deletions(connection)));
  job.end();
}

test('a large file is rewritten once nothing was deleted for five seconds, and only once', async (t) => {
  const { store, clock, jobs, errors } = await openStore(t);
  const { id } = store.add({ content: 'goes' });
  clock.advance(0);
  await store.settle();
  store.delete(id);
  clock.advance(4_999);
  await nextTurn();
  assert.equal(jobs.length, 0);
  clock.advance(1);
  await until('a rewrite starts', () => jobs.length > 0);
  succeed(jobs[0] as FakeJob);
  await store.settle();
  clock.advance(3_600_000);
  await store.settle();
  assert.equal(jobs.length, 1);
  assert.deepEqual(errors, []);
});

test('a write that arrives during a rewrite ends it and is stored; the rewrite is tried again, less and less often', async (t) => {
  const context = await openStore(t);
  const { store, clock, jobs, errors } = context;
  const first = await startRewrite(context);
  assert.ok(store.add({ content: 'arrives' }).id);
  assert.equal(first.killed, true);
  for (const waitMs of [60_000, 120_000, 240_000]) {
    const before = jobs.length;
    await until('the maintenance waits', () => clock.waiting() > 0);
    clock.advance(waitMs - 1);
    await nextTurn();
    assert.equal(jobs.length, before, `no rewrite before ${waitMs} ms have passed`);
    clock.advance(1);
    await until('a rewrite starts', () => jobs.length > before);
    store.add({ content: 'arrives again' });
  }
  assert.deepEqual(errors, [], 'giving way is no error');
});

test('reads are answered during a rewrite, and do not end it', async (t) => {
  const context = await openStore(t);
  const { store } = context;
  const job = await startRewrite(context);
  assert.equal(store.search('stays', { filter: {}, limit: 5 }).length, 1);
  assert.equal(store.list({}, 5)?.memories.length, 1);
  assert.equal(job.killed, false);
});

test('a deletion during a rewrite is not counted as done by it', async (t) => {
  const { store, path, clock, jobs } = await openStore(t);
  store.delete(store.add({ content: 'goes' }).id);
  const other = connect(new DatabaseSync(path));
  t.after(() => other.close());
  const before = deletions(other);
  store.delete(store.add({ content: 'goes later' }).id);
  other.transaction(() => noteRewritten(other, before));
  assert.equal(needsRewrite(other), true);
  clock.advance(5_000);
  await until('a rewrite starts', () => jobs.length > 0);
  succeed(jobs[0] as FakeJob);
  await store.settle();
  assert.equal(needsRewrite(other), false);
});

test('a rewrite that fails is reported, and tried again', async (t) => {
  const context = await openStore(t);
  const { store, clock, jobs, errors } = context;
  (await startRewrite(context)).end(new Error('database disk image is malformed'));
  await until('the failure is reported', () => errors.length > 0);
  assert.deepEqual(errors, [
    { event: 'store.maintenance-failed', error: 'database disk image is malformed' },
  ]);
  assert.equal(store.counts().rewriteProblem, 'database disk image is malformed');
  clock.advance(60_000);
  await until('a rewrite starts', () => jobs.length === 2);
  succeed(jobs[1] as FakeJob);
  await store.settle();
  assert.equal(store.counts().rewriteProblem, null);
});

test('a rewrite that runs ends with the store', async (t) => {
  const context = await openStore(t);
  const job = await startRewrite(context);
  context.store.close();
  assert.equal(job.killed, true);
  assert.deepEqual(context.errors, []);
});

test('without the space for two copies nothing is started, and the reason is said', async (t) => {
  const { store, path, clock } = await openStore(t);
  store.delete(store.add({ content: 'goes' }).id);
  const connection = connect(new DatabaseSync(path));
  t.after(() => connection.close());
  connection.transaction(() => setTask(connection, 'compact', 1));
  const startJob = () => assert.fail('a rewrite was started');
  const freeBytes = () => 64 * 1024 * 1024;
  const rewriter = createRewriter({ connection, path, clock, startJob, freeBytes, atOnceBytes: 0 });
  assert.equal(rewriter.dueIn(), 0);
  await assert.rejects(rewriter.run(), /of free disk space are needed, 64 MiB are free/);
  assert.equal(rewriter.dueIn(), 60_000);
});
