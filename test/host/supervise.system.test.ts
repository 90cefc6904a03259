import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readRuns } from '../../src/runtime/run-history-file.ts';
import { readSupervisor } from '../../src/runtime/supervisor-file.ts';
import { ended, get, HostHome } from '../support/host-home.ts';
import { Load } from '../support/load.ts';
import { until } from '../support/until.ts';

const posix = process.platform === 'win32' ? 'Windows hands no listening socket over' : false;

const mounts = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
const cannotMount = mounts ? false : 'needs to mount a small disk, as root';

async function supervisorOf(home: HostHome) {
  return until('the supervisor has said who it is', async () => {
    const word = await readSupervisor(home.system.files, home.paths);
    return word !== undefined && !word.ended ? word : undefined;
  });
}

describe('a supervised host', { skip: posix, concurrency: 2 }, () => {
  it('comes up in a session of its own: who started it is gone', async () => {
    await using home = await HostHome.create();
    assert.deepEqual(await ended(home.spawn({}, '--supervise')), { code: 0, signal: null });
    const { endpoint } = await home.ready();
    assert.equal(endpoint.port, home.port);
    assert.equal((await get(home.port, '/health')).status, 200);
    // Started once more it finds itself there.
    assert.deepEqual(await ended(home.spawn({}, '--supervise')), { code: 0, signal: null });
    assert.equal((await home.ready()).endpoint.nonce, endpoint.nonce);
  });

  it('refuses no connection while it is killed and restarted under load', async () => {
    await using home = await HostHome.create();
    home.spawn({}, '--supervise');
    let { endpoint } = await home.ready();
    await using load = new Load(home.port, 4);
    for (let i = 0; i < 4; i += 1) {
      await load.more(20);
      process.kill(endpoint.pid, 'SIGKILL');
      endpoint = (await home.ready(endpoint.nonce)).endpoint;
    }
    const killed = load.take();
    assert.equal(killed.refused, 0);
    for (let i = 0; i < 3; i += 1) {
      await load.more(20);
      const supervisor = await supervisorOf(home);
      process.kill(supervisor.pid, 'SIGHUP');
      endpoint = (await home.ready(endpoint.nonce)).endpoint;
      assert.notEqual((await supervisorOf(home)).pid, supervisor.pid);
    }
    await load.more(20);
    const restarted = load.take();
    assert.deepEqual({ refused: restarted.refused, reset: restarted.reset }, { refused: 0, reset: 0 });
  });

  it('counts its restarts and says how the last run ended', async () => {
    await using home = await HostHome.create();
    home.spawn({}, '--supervise');
    const { endpoint } = await home.ready();
    process.kill(endpoint.pid, 'SIGKILL');
    const { report } = await home.ready(endpoint.nonce);
    assert.equal(report.restarts, 1);
    assert.equal((await readSupervisor(home.system.files, home.paths))?.lastExit?.signal, 'SIGKILL');
  });

  it('leaves nobody behind when its supervisor is killed (L08)', async () => {
    await using home = await HostHome.create();
    home.spawn({}, '--supervise');
    const { endpoint } = await home.ready();
    const supervisor = await supervisorOf(home);
    process.kill(supervisor.pid, 'SIGKILL');
    await until('the host is gone too', () => {
      return home.system.processes.startIdentity(endpoint.pid) !== endpoint.start;
    });
    assert.equal((await home.find()).kind, 'absent');
    await assert.rejects(get(home.port, '/health'), { code: 'ECONNREFUSED' });
  });

  it('gives up after too many bad starts, says why, and lets go of the port (M10)', async () => {
    await using home = await HostHome.create();
    home.spawn({ MEMORYD_TEST_FAIL: 'no luck' }, '--supervise');
    const word = await until('it has given up', async () => {
      const seen = await readSupervisor(home.system.files, home.paths);
      return seen?.ended ? seen : undefined;
    });
    assert.equal(word.lastExit?.code, 78);
    assert.match((await readRuns(home.system, home.paths))?.parked?.reason ?? '', /no luck/);
    await assert.rejects(get(home.port, '/health'), { code: 'ECONNREFUSED' });
  });

  it('gives up at once on an invalid definition (L07)', async () => {
    await using home = await HostHome.create({ sandbox: 'perhaps' });
    home.spawn({}, '--supervise');
    const word = await until('it has given up', async () => {
      const seen = await readSupervisor(home.system.files, home.paths);
      return seen?.ended ? seen : undefined;
    });
    assert.equal(word.lastExit?.code, 78);
  });

  it('names the signal that a host died of, in its log too', async () => {
    await using home = await HostHome.create();
    home.spawn({}, '--supervise');
    const { endpoint } = await home.ready();
    process.kill(endpoint.pid, 'SIGABRT');
    await home.ready(endpoint.nonce);
    const word = await readSupervisor(home.system.files, home.paths);
    assert.equal(word?.lastExit?.signal, 'SIGABRT');
    const { logs } = home.paths;
    const files = await home.system.files.list(logs);
    const text = files
      .filter((file) => file.endsWith('.log'))
      .map((file) => readFileSync(`${logs}/${file}`, 'utf8'));
    assert.match(text.join(''), /"event":"child.exited","code":null,"signal":"SIGABRT"/);
  });

  for (const [how, hang] of [
    ['in a loop that never ends', (home: HostHome) => void get(home.port, '/hang').catch(() => undefined)],
    ['stopped', (_home: HostHome, pid: number) => void process.kill(pid, 'SIGSTOP')],
  ] as const) {
    it(`ends a host that is alive and hangs, ${how}, and starts another`, async () => {
      await using home = await HostHome.create();
      home.spawn({ MEMORYD_WATCHDOG_SECS: '1' }, '--supervise');
      const { endpoint } = await home.ready();
      hang(home, endpoint.pid);
      await home.ready(endpoint.nonce);
      assert.equal((await get(home.port, '/health')).json.status, 'ok');
      assert.equal(home.system.processes.startIdentity(endpoint.pid), undefined);
      const files = readdirSync(home.paths.logs);
      const text = files.map((file) => readFileSync(join(home.paths.logs, file), 'utf8')).join('');
      assert.match(text, new RegExp(`"event":"host.silent","pid":${endpoint.pid}`));
    });
  }

  it('leaves a host alone that is busy and beats', async () => {
    await using home = await HostHome.create();
    home.spawn({ MEMORYD_WATCHDOG_SECS: '1' }, '--supervise');
    const { endpoint } = await home.ready();
    await using load = new Load(home.port, 4);
    const until3s = performance.now() + 3000;
    while (performance.now() < until3s) await load.more(10);
    assert.equal((await home.ready()).endpoint.nonce, endpoint.nonce);
  });

  it('comes back on a full disk', { skip: cannotMount }, async () => {
    await using home = await HostHome.create();
    mkdirSync(home.roots.state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'none', home.roots.state]);
    try {
      home.spawn({}, '--supervise');
      const { endpoint } = await home.ready();
      const filler = join(home.roots.state, 'filler');
      assert.throws(() => writeFileSync(filler, Buffer.alloc(1_000_000)), { code: 'ENOSPC' });
      process.kill(endpoint.pid, 'SIGKILL');
      const next = await home.ready(endpoint.nonce);
      assert.equal(next.report.restarts, 1);
      rmSync(filler);
    } finally {
      await home.down();
      execFileSync('umount', [home.roots.state]);
    }
  });
});
