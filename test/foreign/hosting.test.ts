import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { sweepLeftovers } from '../../src/host/foreign/leftovers.ts';
import { readRuns } from '../../src/host/runs-file.ts';
import {
  fakeCommand,
  foreignHome,
  logged,
  logOf,
  markerOf,
  quickWatch,
  treeSize,
} from '../support/foreign-home.ts';
import { get, type HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const noNetwork = addresses.some(({ internal, family }) => !internal && family === 'IPv4')
  ? false
  : 'no interface but loopback';
const linux = process.platform === 'linux' ? false : 'reads /proc';

/** Resolves with the exit code of a host. */
async function exitOf(host: ReturnType<HostHome['spawn']>): Promise<number | null> {
  if (host.exitCode !== null) return host.exitCode;
  const [code] = (await once(host, 'exit')) as [number | null];
  return code;
}

/** The service once its child answers, and is not the process `other`. */
function childReady(home: HostHome, other?: number) {
  return until('the child is ready', async () => {
    const state = await home.find();
    if (state.kind !== 'live' || !state.report.foreign?.ready) throw new Error(JSON.stringify(state));
    const { pid } = state.report.foreign;
    return pid === null || pid === other
      ? undefined
      : { ...state.report.foreign, pid, host: state.endpoint.pid };
  });
}

describe('a hosted foreign daemon', { skip: linux, concurrency: 2 }, () => {
  it('listens on the service’s port, and says how it is over the control channel', async () => {
    await using home = await foreignHome({ command: fakeCommand() });
    home.spawn();
    const { endpoint, report } = await home.ready();
    assert.equal(endpoint.foreign, true);
    assert.equal(endpoint.port, home.port);
    assert.equal(report.foreign?.live, true);
    const { json } = await get(home.port, '/');
    assert.equal(json.pid, report.foreign?.pid);
  });

  it('is ready when its probe passes, not before', async () => {
    await using home = await foreignHome({ command: fakeCommand('--slow', '700') });
    home.spawn();
    const starting = await until('it is starting', async () => {
      const state = await home.find();
      return state.kind === 'live' && state.report.foreign?.live ? state.report : undefined;
    });
    assert.equal(starting.phase, 'starting');
    assert.match(starting.foreign?.why ?? '', /^starting: .*ECONNREFUSED/);
    await home.ready();
  });

  it('leaves nothing of its tree when it is stopped (L08)', async () => {
    await using home = await foreignHome({
      command: fakeCommand('--fork', '2', '--ignore-sigterm'),
      stopTimeoutSecs: 4,
    });
    const host = home.spawn();
    const { pid } = await childReady(home);
    const marker = markerOf(pid);
    await until('all five are there', async () => (await treeSize(home, marker)) === 5);
    host.kill('SIGTERM');
    assert.equal(await exitOf(host), 0);
    assert.equal(await treeSize(home, marker), 0);
    assert.equal((await home.find()).kind, 'absent');
  });

  it('leaves nothing of a child that crashed, and starts the next (L08)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    home.spawn();
    const { pid } = await childReady(home);
    const marker = markerOf(pid);
    await until('all five are there', async () => (await treeSize(home, marker)) === 5);
    process.kill(pid, 'SIGKILL');
    const next = await childReady(home, pid);
    assert.equal(next.restarts, 1);
    assert.equal(await treeSize(home, marker), 0);
  });

  it('loses its group at once when its host is killed, and the rest before the next start (L08)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    const host = home.spawn();
    const { pid } = await childReady(home);
    const marker = markerOf(pid);
    await until('all five are there', async () => (await treeSize(home, marker)) === 5);
    host.kill('SIGKILL');
    await until('the group is gone', async () => (await treeSize(home, marker)) <= 2);
    home.spawn();
    const next = await childReady(home, pid);
    assert.equal(await treeSize(home, marker), 0);
    const marked = markerOf(next.pid);
    await until('all of the next five are there', async () => (await treeSize(home, marked)) === 5);
  });

  it('leaves nothing when nobody hosts it any more and it is stopped (L08)', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    const host = home.spawn();
    const { pid } = await childReady(home);
    const marker = markerOf(pid);
    await until('all five are there', async () => (await treeSize(home, marker)) === 5);
    await sweepLeftovers(home.system, home.paths);
    assert.equal(await treeSize(home, marker), 5, 'while there is a host they are left to it');
    host.kill('SIGKILL');
    await exitOf(host);
    await sweepLeftovers(home.system, home.paths);
    assert.equal(await treeSize(home, marker), 0);
  });

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

  it('shows how much memory it takes, with all that came of it', async () => {
    await using home = await foreignHome({ command: fakeCommand('--fork', '2') });
    home.spawn();
    const { pid } = await childReady(home);
    const marker = markerOf(pid);
    await until('all five are there', async () => (await treeSize(home, marker)) === 5);
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
    assert.match(next.lastEnd ?? '', /^it took \d{3} MB of at most 250 MB$/);
    assert.ok(((await logged(home, 'child.too-big')).bytes as number) > 300 * 1024 ** 2);
    assert.equal((await logged(home, 'child.exited')).code, 0, 'it was asked, not killed');
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

  it('stands by while another process of the same daemon serves, and takes over when that is gone', async (t) => {
    await using home = await foreignHome({ command: fakeCommand('--yield'), exitCodes: { 0: 'yield' } });
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    await once(other.listen(home.port, '127.0.0.1'), 'listening');
    t.after(() => other.close());
    home.spawn();
    const { report } = await home.ready();
    assert.equal(report.foreign?.yielded, true);
    assert.equal(report.foreign?.pid, null);
    other.close();
    const own = await childReady(home);
    assert.equal(own.yielded, false);
  });

  it('says so when its only port is somebody else’s', async (t) => {
    await using home = await foreignHome({ command: fakeCommand() });
    const other = createServer();
    await once(other.listen(home.port, '127.0.0.1'), 'listening');
    t.after(() => other.close());
    assert.equal(await exitOf(home.spawn()), 1);
    assert.equal((await logged(home, 'host.failed')).error, `port ${home.port} is taken by another program`);
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

  it('has every line it prints in the log, whole and in order, however fast (M11)', async () => {
    const lines = 200_000;
    const logs = { maxFileMb: 4, keepTotalMb: 200 };
    await using home = await foreignHome({ command: fakeCommand('--flood', String(lines)), logs });
    home.spawn();
    await until('the last line is there', async () => {
      const [last] = (await logOf(home)).filter(({ event }) => event === 'stdout').slice(-1);
      return String(last?.line).startsWith(`line ${lines - 1} `);
    });
    const printed = (await logOf(home))
      .filter(({ event }) => event === 'stdout')
      .map(({ line }) => String(line));
    assert.equal(printed.length, lines);
    assert.ok(
      printed.every((line, i) => line === `line ${i} of a daemon that has a lot to say about very little`),
    );
  });

  it('may print without an end of line, or close its output', async () => {
    await using home = await foreignHome({ command: fakeCommand('--print', 'no newline', '--close-stdout') });
    home.spawn();
    await childReady(home);
    assert.equal((await logged(home, 'stdout')).line, 'no newline');
  });

  it('is shown to the user when the network can reach it', { skip: noNetwork }, async () => {
    await using home = await foreignHome({ command: fakeCommand('--host', '0.0.0.0') });
    home.spawn();
    const { endpoint } = await home.ready();
    const warnings = await until('it is noticed', async () => {
      const state = await home.find();
      return state.kind === 'live' && state.report.foreign?.warnings.length
        ? state.report.foreign.warnings
        : undefined;
    });
    assert.match(warnings[0] ?? '', new RegExp(`^it listens on all interfaces: .*:${endpoint.port}$`));
  });
});
