import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { limitsFor } from '../../src/host/connection-limit.ts';
import { HttpFrontend } from '../../src/host/http-frontend.ts';
import { healthOf, probeHealth } from '../../src/runtime/health.ts';
import { type ConnectionReport, isOverloaded, overloadNote } from '../../src/service/connection-report.ts';
import { realSystem } from '../../src/system/system.ts';
import { Flood } from '../support/flood.ts';
import { ended, get, HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const posix = process.platform === 'win32' ? 'hosts are ended with a signal, and sockets have paths' : false;
const linux = process.platform === 'linux' ? false : 'reads /proc';
const uid = process.getuid?.() ?? -1;
const { anonymous: limit } = limitsFor();

async function reportOf(home: HostHome): Promise<ConnectionReport> {
  const { report } = await home.ready();
  return report.connections ?? assert.fail('it says nothing of its connections');
}

function logged(home: HostHome, event: string): object[] {
  const lines = readdirSync(home.paths.logs).flatMap((name) =>
    readFileSync(join(home.paths.logs, name), 'utf8').trim().split('\n'),
  );
  return lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}

/** One GET with the token, over a connection that stays open. */
function asker(home: HostHome) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${readFileSync(home.paths.token, 'utf8').trim()}` };
  const ask = (path = '/any') =>
    new Promise<{ status: number | undefined; reused: boolean }>((resolve, reject) => {
      const sent = request({ port: home.port, host: '127.0.0.1', path, agent, headers }, (response) => {
        response.on('error', reject).on('end', () => {
          resolve({ status: response.statusCode, reused: sent.reusedSocket });
        });
        response.resume();
      });
      sent.on('error', reject).end();
    });
  return { ask, [Symbol.dispose]: () => agent.destroy() };
}

describe('the connections of a host', { skip: posix }, () => {
  it('that sent no token are limited, the longest idle goes first, and who holds them is told', {
    skip: linux,
  }, async () => {
    await using home = await HostHome.create();
    home.spawn();
    await home.ready();
    using client = asker(home);
    assert.deepEqual(await client.ask(), { status: 200, reused: false });
    const slow = get(home.port, '/slow?ms=3000');
    // If something else fails first, its rejection must not be reported in place of that.
    slow.catch(() => undefined);
    // A connection made later is answered: the slow request was received, and is under way.
    assert.equal((await get(home.port, '/health')).status, 200);
    {
      await using _flood = await Flood.start({ port: home.port, processes: 1, each: 1000 });
      assert.deepEqual(await client.ask(), { status: 200, reused: true });
      assert.equal((await get(home.port, '/health')).status, 200);
      // The list of their owners may be some seconds older than the counts.
      const report = await until('all were accepted, and are seen in the list', async () => {
        const now = await reportOf(home);
        const seen = now.users?.[0]?.connections ?? 0;
        return now.evicted >= 1000 - limit && seen > limit - 10 ? now : undefined;
      });
      assert.ok(report.anonymous <= limit, `${report.anonymous} connections`);
      assert.equal(report.authenticated, 1);
      assert.equal(report.users?.[0]?.uid, uid);
      assert.equal((await slow).status, 200, 'a request under way was given up for a connection without one');
    }
    assert.equal(logged(home, 'connections.overloaded').length, 1);
    await until('it is over', () => logged(home, 'connections.recovered')[0], 30_000);
    const { evicted, anonymous } = await reportOf(home);
    assert.equal(evicted, 0);
    assert.ok(anonymous < 10, `${anonymous} connections are left`);
  });

  it('are fewer where the process may have few descriptors: the private socket always has one', {
    skip: linux,
  }, async () => {
    await using home = await HostHome.create();
    const argv = ['-c', 'ulimit -n 120; exec "$0" "$@"', ...home.argv()];
    const host = spawn('bash', argv, { env: home.env, stdio: 'ignore' });
    await home.ready();
    await using _flood = await Flood.start({ port: home.port, processes: 1, each: 400, reopen: true });
    const report = await reportOf(home);
    assert.equal(report.anonymousLimit, 30);
    await until(
      'a stranger among them is answered',
      async () => (await get(home.port, '/health')).status === 200,
    );
    host.kill('SIGTERM');
    assert.deepEqual(await ended(host), { code: 0, signal: null });
  });

  it('to the private socket do not count', async () => {
    await using fixture = await createFixture({});
    const path = fixture.getPath('s');
    const front = new HttpFrontend({} as ConstructorParameters<typeof HttpFrontend>[0], {
      system: realSystem(),
      log: assert.fail,
    });
    const door: Server = createServer((socket) => front.server.emit('connection', socket)).listen(path);
    await once(door, 'listening');
    const sockets: Socket[] = [];
    for (let count = 0; count < limit + 10; count += 1) {
      const socket = connect(path);
      await once(socket, 'connect');
      sockets.push(socket);
    }
    const report = await front.connections.report();
    assert.equal(report.anonymous, 0);
    assert.equal(isOverloaded(report), false);
    assert.ok(sockets.every((socket) => !socket.destroyed));
    for (const socket of sockets) socket.destroy();
    front.connections.closeAll();
    door.close();
  });
});

describe('a report of connections', () => {
  const report = {
    anonymous: 256,
    anonymousLimit: 256,
    authenticated: 1,
    evicted: 7,
    users: [{ uid: 1002, connections: 200 }],
  };

  it('is put into a sentence', () => {
    assert.deepEqual(overloadNote(report), {
      text: '200 of 256 connection places are held by user 1002, without a token; 7 such connections were closed to make room',
      hint: 'ps -u 1002',
    });
    assert.deepEqual(overloadNote({ ...report, evicted: 0, users: null }), {
      text: '256 of 256 connection places are held by clients that sent no token',
      hint: null,
    });
  });

  it('is one of an overload while the places are taken, or had to be made free', () => {
    assert.equal(isOverloaded(undefined), false);
    assert.equal(isOverloaded(report), true);
    assert.equal(isOverloaded({ ...report, evicted: 0 }), true);
    assert.equal(isOverloaded({ ...report, anonymous: 3 }), true);
    assert.equal(isOverloaded({ ...report, anonymous: 3, evicted: 0 }), false);
  });

  it('decides what is said of the health when nothing answers over TCP, and soon', async () => {
    const open: Socket[] = [];
    const silent = createServer((socket) => open.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const system = realSystem();
    const endpoint = { url: `http://127.0.0.1:${port}` } as Parameters<typeof probeHealth>[1];
    const state = { endpoint, report: { connections: report } as Parameters<typeof healthOf>[1]['report'] };
    const hour = 3_600_000;
    const health = await healthOf(system, state, probeHealth(system, endpoint, hour));
    assert.deepEqual(health, { kind: 'overloaded', why: overloadNote(report).text });
    assert.deepEqual(await healthOf(system, state, Promise.resolve({ kind: 'stranger', why: 'x' })), {
      kind: 'stranger',
      why: 'x',
    });
    for (const socket of open) socket.destroy();
    silent.close();
  });
});

describe('the descriptors of a process', () => {
  it('leave room for files and the private socket', () => {
    assert.deepEqual(limitsFor(), { anonymous: 256, authenticated: 512 });
    assert.deepEqual(limitsFor(524_288), { anonymous: 256, authenticated: 512 });
    assert.deepEqual(limitsFor(256), { anonymous: 64, authenticated: 128 });
  });
});
