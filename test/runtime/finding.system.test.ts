import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { askControl } from '../../src/runtime/control-client.ts';
import { earlySettings } from '../../src/runtime/early-settings.ts';
import type { Endpoint } from '../../src/runtime/endpoint.ts';
import { evaluateHealth, probeHealth } from '../../src/runtime/health.ts';
import { takeSocket } from '../../src/runtime/socket-activation.ts';
import { detachedEnvironment } from '../../src/service/environment.ts';
import { realSystem } from '../../src/system/system.ts';
import { ended, get, HostHome } from '../support/host-home.ts';
import { missingTools } from '../support/machine-needs.ts';
import { until } from '../support/until.ts';

const posix = process.platform === 'win32' ? 'sockets have no paths on Windows' : false;
const system = realSystem();

const endpoint: Endpoint = {
  schema: 1,
  app: 'memoryd',
  service: 'memory',
  url: 'http://127.0.0.1:1',
  host: '127.0.0.1',
  port: 1,
  pid: 1,
  start: null,
  nonce: 'right',
  version: '1',
  build: 'b',
  user: '0',
  dataDirId: 'd',
  control: '/nowhere',
  startedAt: 'then',
};

describe('a health answer', () => {
  const body = { app: 'memoryd', service: 'memory', user: '0', nonce: 'right', status: 'ok' };
  const answer = (status: number, value: unknown) =>
    `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(value)}`;

  it('is healthy, unhealthy or a stranger’s, by identity before anything else (X05)', () => {
    const table: [string, string][] = [
      [answer(200, body), 'healthy'],
      [answer(200, { ...body, status: 'starting' }), 'unhealthy'],
      [answer(200, { ...body, status: 'stopping' }), 'unhealthy'],
      [answer(503, body), 'unhealthy'],
      [answer(200, { ...body, nonce: 'wrong' }), 'stranger'],
      [answer(200, { ...body, user: '1' }), 'stranger'],
      [answer(200, { ...body, service: 'other' }), 'stranger'],
      [answer(200, { ...body, app: 'other' }), 'stranger'],
      [answer(503, { ...body, nonce: 'wrong' }), 'stranger'],
      [answer(200, {}), 'stranger'],
      [answer(200, null), 'stranger'],
      [answer(200, 'ok'), 'stranger'],
      ['HTTP/1.1 200 OK\r\n\r\nnot json', 'stranger'],
      ['SSH-2.0-OpenSSH', 'stranger'],
    ];
    for (const [text, kind] of table) assert.equal(evaluateHealth(text, endpoint).kind, kind, text);
  });

  const probe = async (serve: (socket: Socket) => void, limitMs = 500) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      serve(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const health = await probeHealth(system, { ...endpoint, url: `http://127.0.0.1:${port}`, port }, limitMs);
    for (const socket of sockets) socket.destroy();
    server.close();
    return health.kind;
  };

  it('that never comes, never ends or breaks off does not hold anybody up', async () => {
    assert.equal(await probe(() => undefined), 'silent');
    assert.equal(await probe((socket) => socket.end()), 'silent');
    assert.equal(await probe((socket) => socket.write('HTTP/1.1 200 OK\r\n')), 'silent');
    assert.equal(
      await probe((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(200_000)}`);
      }),
      'stranger',
    );
  });

  it('is there with the last byte it says it has: nobody waits for the end of the connection', async () => {
    // Two bytes a letter: what it says it has is bytes.
    const text = JSON.stringify({ ...body, version: 'ünïcödé' });
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`;
    const hour = 3_600_000;
    assert.equal(await probe((socket) => socket.write(head + text), hour), 'healthy');
    const inPieces = await probe((socket) => {
      const pieces = [head.slice(0, 20), head.slice(20) + text.slice(0, -1), text.slice(-1)];
      const next = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
      };
      next();
    }, hour);
    assert.equal(inPieces, 'healthy');
    // A server that says nothing of its length, or promises more than comes, has said all when it ends.
    assert.equal(await probe((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${text}`), hour), 'healthy');
    assert.equal(await probe((socket) => socket.end(head + text.slice(1)), hour), 'stranger');
  });

  it('nobody gives where nobody listens', async () => {
    assert.equal((await probeHealth(system, endpoint)).kind, 'silent');
  });
});

describe('the control channel', { skip: posix }, () => {
  const ask = async (serve: (socket: Socket) => void) => {
    await using fixture = await createFixture();
    const control = fixture.getPath('s');
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      serve(socket);
    }).listen(control);
    await once(server, 'listening');
    const roots = { config: '', data: '', state: fixture.path, logs: '' };
    const answer = await askControl(system, roots, { ...endpoint, control }, 'report', 300);
    for (const socket of sockets) socket.destroy();
    server.close();
    return answer.kind;
  };
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;

  it('is believed only by the published nonce', async () => {
    const kinds = await Promise.all([
      ask((socket) => socket.end(line({ ok: true, report: { nonce: 'right' } }))),
      ask((socket) => socket.end(line({ ok: true, report: { nonce: 'wrong' } }))),
      ask((socket) => socket.end(line({ ok: true }))),
      ask((socket) => socket.end(line({ ok: false, error: 'no' }))),
      ask((socket) => socket.end('no json\n')),
      ask((socket) => socket.end()),
      ask(() => undefined),
    ]);
    assert.deepEqual(kinds, ['answered', 'impostor', 'impostor', 'refused', 'impostor', 'silent', 'silent']);
  });

  it('answers nonsense with an error and stays up', async () => {
    await using home = await HostHome.create();
    home.spawn();
    const { endpoint: live } = await home.ready();
    const { createConnection } = await import('node:net');
    for (const sent of ['nonsense\n', '{}\n', 'null\n', '{"op":"rm"}\n']) {
      const socket = createConnection(live.control).setEncoding('utf8');
      socket.write(sent);
      const [reply] = await once(socket, 'data');
      assert.equal(JSON.parse(reply).ok, false, sent);
      socket.destroy();
    }
    const flood = createConnection(live.control).on('error', () => flood.destroy());
    flood.write('x'.repeat(100_000));
    await new Promise((resolve) => flood.once('close', resolve));
    assert.equal((await home.find()).kind, 'live');
  });
});

describe('a socket that was handed over', () => {
  it('is taken once, and only by whom it is for', () => {
    const env = { LISTEN_PID: '42', LISTEN_FDS: '1', LISTEN_FDNAMES: 'x', OTHER: 'stays' };
    assert.equal(takeSocket({ ...env }, 43), undefined);
    assert.deepEqual(takeSocket(env, 42), { fd: 3, port: undefined });
    assert.deepEqual(env, { OTHER: 'stays' });
    assert.deepEqual(takeSocket({ MEMORYD_LISTEN_FD: '4', MEMORYD_LISTEN_PORT: '99' }, 1), {
      fd: 4,
      port: 99,
    });
    for (const value of ['0', '2', '-1', 'x', ''])
      assert.equal(takeSocket({ MEMORYD_LISTEN_FD: value }, 1), undefined);
  });

  it('is served by the protocol of systemd', {
    skip: posix || missingTools(['systemd-socket-activate']),
  }, async () => {
    await using home = await HostHome.create();
    const argv = [
      '-l',
      `127.0.0.1:${home.port}`,
      ...Object.entries(home.env).map(([name, value]) => `--setenv=${name}=${value}`),
    ];
    const child = spawn('systemd-socket-activate', [...argv, ...home.argv()], { stdio: 'ignore' });
    try {
      const answer = await until('it listens', () => get(home.port, '/anything'));
      assert.equal(answer.status, 200);
      assert.equal((await home.ready()).endpoint.port, home.port);
    } finally {
      child.kill('SIGTERM');
      await ended(child);
    }
  });
});

describe('early settings', () => {
  it('take what is plainly right, and leave the rest to the schema', () => {
    const usual = { listen: '127.0.0.1', startAtLogin: true, stopTimeoutSecs: 10, logs: { compress: false } };
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"port":"x","logs":7,"daemon":null}',
      '{"port":80}',
      '{"port":1e9}',
    ]) {
      assert.deepEqual(earlySettings(text), usual, text);
    }
    const text = JSON.stringify({
      port: 9000,
      stopTimeoutSecs: 3,
      dataDir: '/d',
      logs: { keepDays: 2, keepTotalMb: -1 },
    });
    assert.deepEqual(earlySettings(text), {
      ...usual,
      port: 9000,
      stopTimeoutSecs: 3,
      dataDir: '/d',
      logs: { compress: false, keepDays: 2 },
    });
    const listen = (address: string) => earlySettings(JSON.stringify({ daemon: { listen: address } })).listen;
    assert.deepEqual(['127.0.0.1', '::1', 'localhost', '0.0.0.0', 'evil'].map(listen), [
      '127.0.0.1',
      '::1',
      '127.0.0.1',
      undefined,
      undefined,
    ]);
  });
});

describe('the environment of a detached daemon', () => {
  it('holds what a login gives and the network needs, and nothing else (M16, X01)', () => {
    const kept = {
      PATH: 'p',
      HOME: 'h',
      LC_ALL: 'C',
      XDG_RUNTIME_DIR: 'r',
      https_proxy: 'x',
      MEMORYD_MAX_SESSIONS: '1',
    };
    const left = {
      NODE_OPTIONS: '--inspect',
      AWS_SECRET_ACCESS_KEY: 's',
      SSH_AUTH_SOCK: 'a',
      LD_PRELOAD: 'l',
      NOTIFY_SOCKET: 'n',
    };
    assert.deepEqual(detachedEnvironment({ ...kept, ...left, LANG: undefined }), kept);
  });
});

describe('finding and asking a host', () => {
  it('loads no schema library, no spawning library and no fetch', () => {
    const modules = ['find-endpoint', 'health', 'run-history-file'].map((name) =>
      join(import.meta.dirname, `../../src/runtime/${name}.ts`),
    );
    const script = `for (const module of ${JSON.stringify(modules)}) await import(module);
      console.log(JSON.stringify(process.moduleLoadList))`;
    const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    const builtin = JSON.parse(loaded) as string[];
    for (const name of ['internal/deps/undici/undici', 'child_process', 'crypto', 'http', 'sqlite']) {
      assert.ok(!builtin.includes(`NativeModule ${name}`), name);
    }
  });
});
