import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { createStore } from '../../../src/daemon/store/index.ts';
import { jobStarter } from '../../../src/daemon/store/job/run.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type Exec, systemExec } from '../../../src/system/exec.ts';
import { holdClock } from '../../support/held-clock.ts';
import { leaveCopy, readableOutside, secret } from '../../support/leftovers.ts';
import { until } from '../../support/until.ts';

/** A store of 20 memories with a copy of deleted text in a page. It rewrites every file in another process. */
async function openWithCopy(t: TestContext) {
  const fixture = await createFixture({});
  const [path, dataDir] = [fixture.getPath('memories.db'), fixture.path];
  const errors: unknown[] = [];
  const children: ChildProcess[] = [];
  const exec: Exec = {
    ...systemExec,
    spawn(argv, options) {
      const child = systemExec.spawn(argv, options);
      children.push(child);
      return child;
    },
  };
  const first = createStore(dataDir, systemClock, assert.fail);
  const ids = Array.from({ length: 20 }, (_, n) => first.add({ content: `the walrus of day ${n}` }).id);
  first.close();
  leaveCopy(path, secret(0));
  const clock = holdClock();
  const log = (event: string, fields?: object) => void errors.push({ event, ...fields });
  const store = createStore(dataDir, clock, log, { startJob: jobStarter(exec), rewrittenAtOnce: 0 });
  t.after(async () => {
    store.close();
    await fixture.rm();
  });
  store.delete(ids[0] as string);
  return { store, dataDir, clock, children, errors };
}

test('a copy that SQLite left of a deleted row is gone after the quiet time, whatever the size of the file', async (t) => {
  const { store, dataDir, clock, children, errors } = await openWithCopy(t);
  assert.deepEqual(readableOutside(dataDir, [secret(0)]), [secret(0)], 'it is there before');
  clock.advance(5_000);
  await store.settle();
  assert.equal(children.length, 1);
  assert.deepEqual(readableOutside(dataDir, [secret(0)]), []);
  assert.equal(store.search('walrus', { filter: {}, limit: 50 }).length, 19);
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => !name.startsWith('memories.db')),
    [],
  );
  assert.deepEqual(errors, []);
});

test('a rewrite that is killed is reported and leaves the store as it was; the next one does the work', async (t) => {
  const { store, dataDir, clock, children, errors } = await openWithCopy(t);
  clock.advance(5_000);
  await until('a rewrite starts', () => children.length > 0);
  children[0]?.kill('SIGKILL');
  await until('it is reported', () => errors.length > 0);
  assert.deepEqual(errors, [{ event: 'store.maintenance-failed', error: 'killed by SIGKILL' }]);
  assert.equal(store.list({}, 50)?.memories.length, 19);
  clock.advance(60_000);
  await store.settle();
  assert.deepEqual(readableOutside(dataDir, [secret(0)]), []);
});

test('a job that loses its parent ends', async (t) => {
  const { clock, children } = await openWithCopy(t);
  clock.advance(5_000);
  const child = await until('a rewrite starts', () => children[0]);
  // What the end of the parent does to its pipes.
  child.stdin?.destroy();
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
});
