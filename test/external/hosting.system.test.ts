import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { childReady, exitOf, fakeCommand, foreignHome, logged } from '../support/external-home.ts';
import { get } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const noNetwork = addresses.some(({ internal, family }) => !internal && family === 'IPv4')
  ? false
  : 'no interface but loopback';
const linux = process.platform === 'linux' ? false : 'reads /proc';

describe('a hosted external daemon', { skip: linux, concurrency: 2 }, () => {
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
    const starting = await until('it is starting, and was probed', async () => {
      const state = await home.find();
      if (state.kind !== 'live' || !state.report.foreign?.live) return undefined;
      return state.report.foreign.why === 'starting' ? undefined : state.report;
    });
    assert.equal(starting.phase, 'starting');
    assert.match(starting.foreign?.why ?? '', /^starting: nothing listens on 127\.0\.0\.1:\d+$/);
    await home.ready();
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
