import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { sweepLeftovers } from '../../src/runtime/leftovers.ts';
import {
  childReady,
  exitOf,
  fakeCommand,
  foreignHome,
  logged,
  markerOf,
  treeSize,
} from '../support/external-home.ts';
import { get, type HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';

/** A child that has started four more, which are all there; not the process `other`. */
async function fiveIn(home: HostHome, other?: number) {
  const { pid } = await childReady(home, other);
  const marker = markerOf(pid);
  await until('all five are there', async () => (await treeSize(home, marker)) === 5);
  return { pid, marker };
}

describe('all that comes of a hosted daemon', { skip: linux, concurrency: 2 }, () => {
  it('leaves nothing of its tree when it is stopped (L08)', async () => {
    await using home = await foreignHome({
      command: fakeCommand('--fork', '2', '--ignore-sigterm'),
      stopTimeoutSecs: 4,
    });
    const host = home.spawn();
    const { marker } = await fiveIn(home);
    host.kill('SIGTERM');
    assert.equal(await exitOf(host), 0);
    assert.equal(await treeSize(home, marker), 0);
    assert.equal((await home.find()).kind, 'absent');
  });

  it('leaves nothing of a child that crashed, and starts the next (L08)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    home.spawn();
    const { pid, marker } = await fiveIn(home);
    process.kill(pid, 'SIGKILL');
    const next = await childReady(home, pid);
    assert.equal(next.restarts, 1);
    assert.equal(await treeSize(home, marker), 0);
  });

  it('loses its group at once when its host is killed, and the rest before the next start (L08)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    const host = home.spawn();
    const { pid, marker } = await fiveIn(home);
    host.kill('SIGKILL');
    await until('the group is gone', async () => (await treeSize(home, marker)) <= 2);
    home.spawn();
    await childReady(home, pid);
    assert.equal(await treeSize(home, marker), 0);
    await fiveIn(home, pid);
  });

  it('leaves nothing when nobody hosts it any more and it is stopped (L08)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    const host = home.spawn();
    const { marker } = await fiveIn(home);
    await sweepLeftovers(home.system, home.paths);
    assert.equal(await treeSize(home, marker), 5, 'while there is a host they are left to it');
    host.kill('SIGKILL');
    await exitOf(host);
    await sweepLeftovers(home.system, home.paths);
    assert.equal(await treeSize(home, marker), 0);
  });

  it('shows how much memory it takes, with all that came of it', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    home.spawn();
    const { pid } = await fiveIn(home);
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const alone = Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1]) * 1024;
    await until('all five are counted: four more take at least 5 MB each', async () => {
      const state = await home.find();
      const bytes = state.kind === 'live' ? state.report.foreign?.memoryBytes : undefined;
      return (bytes ?? 0) > alone + 20 * 1024 ** 2;
    });
  });

  it('is restarted when it takes more memory than it may', async () => {
    await using home = await foreignHome({ command: fakeCommand('--polite'), maxMemoryMb: 250 });
    home.spawn();
    const { pid } = await childReady(home);
    await get(home.port, '/eat/300');
    const next = await childReady(home, pid);
    assert.equal(next.restarts, 1);
    assert.match(next.lastEnd ?? '', /^it used \d{3} MB, and the limit is 250 MB$/);
    assert.ok(((await logged(home, 'child.too-big')).bytes as number) > 300 * 1024 ** 2);
    assert.equal((await logged(home, 'child.exited')).code, 0, 'it was asked, not killed');
  });
});
