import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRuns } from '../../src/runtime/run-history-file.ts';
import {
  childReady,
  exitOf,
  fakeCommand,
  foreignHome,
  logged,
  logOf,
  quickWatch,
} from '../support/external-home.ts';
import { get } from '../support/host-home.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';

describe('the end of a hosted daemon', { skip: linux, concurrency: 2 }, () => {
  it('is restarted when it is alive and does not answer any more (X04)', async () => {
    await using home = await foreignHome({ command: fakeCommand() });
    home.spawn();
    const { pid } = await childReady(home);
    const begun = performance.now();
    process.kill(pid, 'SIGSTOP');
    await childReady(home, pid);
    const ms = performance.now() - begun;
    const { intervalSecs, threshold } = quickWatch;
    assert.ok(ms < (intervalSecs * threshold + 2) * 1000, `back after ${Math.round(ms)} ms`);
    assert.ok(ms > intervalSecs * (threshold - 1) * 1000, `not after ${Math.round(ms)} ms already`);
  });

  it('is restarted all the same when its way to end is the code that yields', async () => {
    const command = fakeCommand('--polite', '--yield');
    await using home = await foreignHome({ command, exitCodes: { 0: 'yield' } });
    home.spawn();
    const { pid } = await childReady(home);
    const begun = performance.now();
    get(home.port, '/hang').catch(() => undefined);
    const next = await childReady(home, pid);
    const ms = performance.now() - begun;
    const { intervalSecs, threshold } = quickWatch;
    assert.ok(ms < (intervalSecs * threshold + 2) * 1000, `back after ${Math.round(ms)} ms`);
    assert.equal(next.lastEnd, 'it did not answer');
    assert.equal((await logged(home, 'child.exited')).code, 0);
    assert.ok(!(await logOf(home)).some(({ event }) => event === 'child.yielded'));
  });

  it('stays down after a crash loop, and says the last words (M10)', async () => {
    const restart = { exits: 3, windowSecs: 30 };
    await using home = await foreignHome({ command: fakeCommand('--exit', '7'), restart });
    assert.equal(await exitOf(home.spawn()), 78);
    const reason = (await readRuns(home.system, home.paths))?.lastExit?.reason;
    assert.equal(reason, 'ended 3 times in 30 s, last: exit 7\nit says no');
  });

  it('is not started again after exit code 78 (L07)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--exit', '78') });
    assert.equal(await exitOf(home.spawn()), 78);
    const log = await logOf(home);
    assert.equal(log.filter(({ event }) => event === 'child.started').length, 1);
    assert.match(
      (await readRuns(home.system, home.paths))?.lastExit?.reason ?? '',
      /^it will not run: exit 78/,
    );
  });

  it('is asked to stop by HTTP where that is its way', async () => {
    const stop = { kind: 'http', path: '/shutdown' };
    await using home = await foreignHome({ command: fakeCommand('--ignore-sigterm'), stop });
    const host = home.spawn();
    await childReady(home);
    host.kill('SIGTERM');
    assert.equal(await exitOf(host), 0);
    const log = await logOf(home);
    assert.ok(log.some(({ line }) => line === 'asked to shut down'));
    assert.equal(log.find(({ event }) => event === 'child.exited')?.code, 0);
  });

  it('falls back to a signal when nobody listens to that', async () => {
    const stop = { kind: 'http', path: '/no-such-thing', method: 'DELETE' };
    await using home = await foreignHome({
      command: ['python3', '-m', 'http.server', '--bind', '127.0.0.1', '{port}'],
      stop,
    });
    const host = home.spawn();
    await childReady(home);
    host.kill('SIGTERM');
    assert.equal(await exitOf(host), 0);
    assert.equal((await logged(home, 'child.stop-refused')).why, 'status 501');
  });
});
