import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { askControl } from '../../src/runtime/control-client.ts';
import { probeHealth } from '../../src/runtime/health.ts';
import { readPort } from '../../src/runtime/port-file.ts';
import { readRuns } from '../../src/runtime/run-history-file.ts';
import { ended, freePort, get, HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const posix = process.platform === 'win32' ? 'signals and modes are POSIX' : false;

describe('a host', { skip: posix, concurrency: 2 }, () => {
  it('answers with its identity, publishes it, and takes it back when it is stopped', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    const { endpoint, report } = await home.ready();
    const { status, json } = await get(home.port, '/health');
    assert.equal(status, 200);
    assert.deepEqual(json, {
      app: 'memoryd',
      service: home.service,
      version: endpoint.version,
      build: endpoint.build,
      user: String(process.getuid?.()),
      dataDirId: endpoint.dataDirId,
      nonce: endpoint.nonce,
      pid: child.pid,
      status: 'ok',
      authRequired: true,
    });
    assert.equal(endpoint.port, home.port);
    assert.equal(report.nonce, endpoint.nonce);
    assert.deepEqual(report.counters, { open: 0 });
    assert.equal((await probeHealth(home.system, endpoint)).kind, 'healthy');
    child.kill('SIGTERM');
    assert.deepEqual(await ended(child), { code: 0, signal: null });
    assert.equal((await home.find()).kind, 'absent');
    assert.deepEqual(readdirSync(join(home.path, 'run/memoryd')), []);
    assert.equal((await readRuns(home.system, home.paths))?.lastExit?.kind, 'clean');
    assert.equal(existsSync(home.roots.data), false, 'the data directory is not created');
  });

  it('keeps what it writes to this user', async () => {
    await using home = await HostHome.create();
    home.spawn();
    const { path, endpoint } = await home.ready();
    for (const file of [path, endpoint.control, home.paths.token, join(home.paths.state, 'runs.json')]) {
      assert.equal(statSync(file).mode & 0o077, 0, file);
    }
  });

  it('answers /health while the daemon is still loading, and everybody else as soon as it is there', async () => {
    await using home = await HostHome.create();
    home.spawn({ MEMORYD_TEST_LOAD_MS: '700' });
    const early = await until('it listens', () => get(home.port, '/health'));
    assert.equal(early.json.status, 'starting');
    const waited = await get(home.port, '/anything');
    assert.equal(waited.status, 200);
    assert.equal((await get(home.port, '/health')).json.status, 'ok');
  });

  it('answers /health only to who names it, and only GET', async () => {
    await using home = await HostHome.create();
    home.spawn();
    await home.ready();
    assert.equal((await get(home.port, '/health', { host: 'evil.example' })).status, 403);
    assert.equal((await get(home.port, '/health', { host: `localhost:${home.port}` })).status, 200);
    const sent = request({ port: home.port, path: '/health', method: 'POST', agent: false }).end();
    const [response] = await once(sent, 'response');
    assert.equal(response.statusCode, 405);
    response.resume();
  });

  it('lets one of two that start at once survive, the other leaves quietly', async () => {
    await using home = await HostHome.create();
    const children = [home.spawn(), home.spawn()];
    const first = await Promise.race(children.map(async (child) => ({ child, end: await ended(child) })));
    assert.deepEqual(first.end, { code: 0, signal: null });
    const { endpoint } = await home.ready();
    assert.ok(children.some((child) => child.pid === endpoint.pid && child !== first.child));
    assert.equal((await get(home.port, '/health')).status, 200);
  });

  it('meets a second host that was started from another environment', async () => {
    await using home = await HostHome.create();
    home.spawn();
    const { endpoint } = await home.ready();
    const second = home.spawn({ XDG_RUNTIME_DIR: '' });
    assert.deepEqual(await ended(second), { code: 0, signal: null });
    assert.equal((await home.ready()).endpoint.nonce, endpoint.nonce);
  });

  it('tells a manager that waits for it not to try again while another one serves', async () => {
    await using home = await HostHome.create();
    home.spawn();
    await home.ready();
    const second = home.spawn({ NOTIFY_SOCKET: join(home.path, 'notify') });
    assert.deepEqual(await ended(second), { code: 78, signal: null });
  });

  it('refuses an invalid definition with one line and exit 78, before it is ready (L07)', async () => {
    await using home = await HostHome.create({ sandbox: 'perhaps' });
    const child = home.spawn();
    const [words] = await once(child.stderr ?? assert.fail(), 'data');
    assert.match(String(words), /^memoryd: .*sandbox/);
    assert.deepEqual(await ended(child), { code: 78, signal: null });
    assert.equal((await home.find()).kind, 'absent');
    const runs = await readRuns(home.system, home.paths);
    assert.equal(runs?.lastExit?.kind, 'refused');
  });

  it('stays where launchd would start it again for ever, and ends when it is told to (M10, L07)', async () => {
    await using home = await HostHome.create({ sandbox: 'perhaps' });
    const child = home.spawn({ MEMORYD_SERVICE: home.service });
    await once(child.stderr ?? assert.fail(), 'data');
    // It says why before it decides whether to stay: without a reason to live it is gone in a moment.
    const gone = await Promise.race([ended(child), delay(1000, 'it stays')]);
    assert.equal(gone, 'it stays');
    child.kill('SIGTERM');
    assert.deepEqual(await ended(child), { code: 78, signal: null });
  });

  it('answers 400 to what is no HTTP, but never in the place of an answer that is still due', async () => {
    await using home = await HostHome.create();
    home.spawn();
    await home.ready();
    const send = async (bytes: string) => {
      const socket = connect(home.port, '127.0.0.1');
      let received = '';
      socket.setEncoding('latin1').on('data', (text) => {
        received += text;
      });
      // Cut off is an answer, too.
      socket.on('error', (error: NodeJS.ErrnoException) => assert.equal(error.code, 'ECONNRESET'));
      socket.write(bytes);
      await once(socket, 'close');
      return received;
    };
    const host = `Host: 127.0.0.1:${home.port}`;
    assert.match(await send('no HTTP\r\n\r\n'), /^HTTP\/1\.1 400 .*malformed HTTP request/s);
    const broken = `POST /slow?ms=1000 HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`;
    assert.match(await send(broken), /^HTTP\/1\.1 400 /);
    assert.equal(await send(`GET /slow?ms=1000 HTTP/1.1\r\n${host}\r\n\r\nno HTTP\r\n\r\n`), '');
  });

  it('finishes what is under way when it is stopped, and ends streams that stand open', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    await home.ready();
    const stream = request({
      port: home.port,
      path: '/stream',
      agent: false,
      headers: { accept: 'text/event-stream' },
    }).end();
    const [standing] = await once(stream, 'response');
    const slow = get(home.port, '/slow?ms=600');
    await until('both are under way', async () => (await home.ready()).report.counters.open === 2);
    child.kill('SIGTERM');
    assert.equal((await slow).status, 200);
    let text = '';
    for await (const chunk of standing) text += chunk;
    assert.match(text, /closed/);
    assert.deepEqual(await ended(child), { code: 0, signal: null });
  });

  it('resets nobody who keeps connections alive while it stops', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    await home.ready();
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const failures: string[] = [];
    let answers = 0;
    const client = async () => {
      for (;;) {
        const outcome = await new Promise<string>((resolve) => {
          const sent = request({ port: home.port, host: '127.0.0.1', path: '/x', agent }, (response) => {
            response.resume().on('end', () => resolve('answered'));
          });
          sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
          sent.end();
        });
        if (outcome === 'answered') answers += 1;
        else if (outcome === 'ECONNREFUSED') return;
        else failures.push(outcome);
      }
    };
    const clients = [client(), client(), client(), client()];
    await until('they are busy', () => answers > 100);
    child.kill('SIGTERM');
    await Promise.all(clients);
    agent.destroy();
    assert.deepEqual(failures, []);
  });

  it('ends at its deadline whatever is under way', async () => {
    await using home = await HostHome.create({ stopTimeoutSecs: 3 });
    const child = home.spawn();
    await home.ready();
    const slow = get(home.port, '/slow?ms=600000').then(
      () => 'answered',
      (error: NodeJS.ErrnoException) => error.code,
    );
    await until('it is under way', async () => (await home.ready()).report.counters.open === 1);
    child.kill('SIGTERM');
    assert.deepEqual(await ended(child), { code: 0, signal: null });
    assert.equal(await slow, 'ECONNRESET');
    assert.equal((await home.find()).kind, 'absent');
  });

  it('stops when it is asked over the control channel', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    const { endpoint } = await home.ready();
    const answer = await askControl(home.system, home.roots, endpoint, 'stop');
    assert.equal(answer.kind, 'answered');
    assert.deepEqual(await ended(child), { code: 0, signal: null });
  });

  it('says why it died of an error, and starts again as a restart', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    await home.ready();
    await get(home.port, '/throw').catch(() => undefined);
    assert.deepEqual(await ended(child), { code: 1, signal: null });
    const runs = await readRuns(home.system, home.paths);
    assert.equal(runs?.lastExit?.kind, 'crashed');
    assert.equal(runs?.lastExit?.reason, 'thrown on purpose');
    const logs = readdirSync(home.paths.logs).map((file) =>
      readFileSync(join(home.paths.logs, file), 'utf8'),
    );
    assert.match(logs.join(''), /"event":"host.failed","error":"thrown on purpose","stack":"Error: thrown/);
    home.spawn();
    assert.equal((await home.ready()).report.restarts, 1);
  });

  it('is stale once it is killed, and the next one takes over', async () => {
    await using home = await HostHome.create();
    const child = home.spawn();
    const { endpoint } = await home.ready();
    child.kill('SIGKILL');
    await ended(child);
    assert.equal((await home.find()).kind, 'stale');
    home.spawn();
    const next = await home.ready(endpoint.nonce);
    assert.equal(next.report.restarts, 1);
    assert.equal((await readRuns(home.system, home.paths))?.lastExit?.kind, 'killed');
  });

  it('stays down after five bad starts within a minute, until it is allowed again (M10)', async () => {
    await using home = await HostHome.create();
    const codes: (number | null)[] = [];
    for (let i = 0; i < 7; i += 1)
      codes.push((await ended(home.spawn({ MEMORYD_TEST_FAIL: 'no luck' }))).code);
    assert.deepEqual(codes, [1, 1, 1, 1, 1, 78, 78]);
    const runs = await readRuns(home.system, home.paths);
    assert.match(runs?.parked?.reason ?? '', /5 times in 60 s.*no luck/);
    const { allowStart } = await import('../../src/runtime/run-history-file.ts');
    await allowStart(home.system, home.paths);
    home.spawn();
    assert.equal((await home.ready()).report.restarts, 0);
  });

  it('moves to another port when a stranger holds its own, and keeps that one (X05, W16)', async () => {
    await using home = await HostHome.create({ port: undefined });
    const { portCandidates } = await import('../../src/service/port.ts');
    const preferred = portCandidates(home.system.user.name, home.service)[0] as number;
    const stranger = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{}')).listen(
      preferred,
      '127.0.0.1',
    );
    await once(stranger, 'listening');
    const child = home.spawn();
    const { endpoint } = await home.ready();
    assert.notEqual(endpoint.port, preferred);
    const impostor = { ...endpoint, port: preferred, url: `http://127.0.0.1:${preferred}` };
    assert.equal((await probeHealth(home.system, impostor)).kind, 'stranger');
    assert.equal((await readPort(home.system.files, home.paths))?.port, endpoint.port);
    stranger.close();
    child.kill('SIGTERM');
    await ended(child);
    home.spawn();
    assert.equal((await home.ready(endpoint.nonce)).endpoint.port, endpoint.port);
  });

  it('does not move to another port because its own cannot be read', async () => {
    await using home = await HostHome.create({ port: undefined });
    // A directory in its place cannot be read by anybody, root included.
    mkdirSync(home.paths.port, { recursive: true });
    const child = home.spawn();
    assert.deepEqual(await ended(child), { code: 1, signal: null });
    const runs = await readRuns(home.system, home.paths);
    assert.match(runs?.lastExit?.reason ?? '', /^cannot read .*port\.json: /);
  });

  it('does not move when its port is fixed, and says who is in the way', async () => {
    const port = await freePort();
    await using home = await HostHome.create({ port });
    const stranger = createServer().listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    const child = home.spawn();
    assert.deepEqual(await ended(child), { code: 1, signal: null });
    stranger.close();
    const runs = await readRuns(home.system, home.paths);
    assert.match(runs?.lastExit?.reason ?? '', new RegExp(`port ${port} is taken`));
  });
});
