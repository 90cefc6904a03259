import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createFixture } from 'fs-fixture';
import { codeOf } from '../../src/errors.ts';
import { listenControl } from '../../src/host/control-server.ts';
import { connectPrivately, NotConnected } from '../../src/runtime/private-connection.ts';
import { privateClient } from '../../src/runtime/private-fetch.ts';
import { isProof, proofOf } from '../../src/runtime/proof.ts';
import { systemClock } from '../../src/system/clock.ts';
import { until } from '../support/until.ts';

const skip = process.platform === 'win32' ? 'sockets have no paths on Windows' : false;
const token = 'the-token';
const url = 'http://127.0.0.1:8353/mcp';

/** A path for a socket, gone after the test. */
async function socketPath(t: TestContext): Promise<string> {
  const fixture = await createFixture();
  t.after(() => fixture.rm());
  return fixture.getPath('s');
}

/** A control channel whose HTTP server answers with `listener`; `connections` counts those it was given. */
async function hosted(t: TestContext, listener: RequestListener, { http = true, open = true } = {}) {
  const control = await socketPath(t);
  const server = createHttpServer(listener);
  const sockets = new Set<Socket>();
  const seen = { connections: 0 };
  const take = (socket: Socket) => {
    seen.connections += 1;
    sockets.add(socket);
    server.emit('connection', socket);
  };
  const channel = await listenControl(control, {
    report: () => assert.fail('nobody asks for a report'),
    stop: () => assert.fail('nobody stops it'),
    refused: assert.fail,
    token: async () => token,
    mustProve: false,
    ...(http ? { http: { isOpen: () => open, take } } : {}),
  });
  const client = privateClient(systemClock, async () => ({ control, token }));
  t.after(() => {
    client.close();
    channel.close();
    for (const socket of sockets) socket.destroy();
  });
  return { control, client, seen, sockets };
}

/** Something else at the socket. */
async function impostor(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const control = await socketPath(t);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    serve(socket);
  }).listen(control);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return control;
}

const refusal = (pattern: RegExp) => (error: unknown) =>
  error instanceof NotConnected && pattern.test(error.message);

describe('the proof of a private connection', { skip }, () => {
  const subject = { control: '/run/s', op: 'http', challenge: 'c' };

  it('depends on the token, the role, the socket, the question and the challenge', () => {
    const right = proofOf(token, 'server', subject);
    assert.ok(isProof(right, token, 'server', subject));
    assert.ok(!right.includes(token));
    for (const [key, role, about] of [
      ['other', 'server', subject],
      [token, 'client', subject],
      [token, 'server', { ...subject, control: '/run/other' }],
      [token, 'server', { ...subject, op: 'stop' }],
      [token, 'server', { ...subject, challenge: 'd' }],
    ] as const) {
      assert.ok(!isProof(right, key, role, about));
    }
    for (const nonsense of [undefined, null, '', 7, {}, right.slice(1)])
      assert.ok(!isProof(nonsense, token, 'server', subject));
  });

  it('is wrong with another token, on either side', async (t) => {
    const { control } = await hosted(t, () => assert.fail('no request may come'));
    await assert.rejects(
      connectPrivately(systemClock, { control, token: 'other' }),
      refusal(/the host refused: wrong proof/),
    );
    const other = await impostor(t, (socket) => {
      socket.once('data', (line) => {
        const { op, challenge } = JSON.parse(String(line));
        const proof = proofOf('other', 'server', { control: other, op, challenge });
        socket.write(`${JSON.stringify({ ok: true, proof })}\n`);
      });
    });
    await assert.rejects(
      connectPrivately(systemClock, { control: other, token }),
      refusal(/does not know the token/),
    );
  });

  it('cannot be had from the host that is there now for a socket of somebody else’s (X05)', async (t) => {
    const { control } = await hosted(t, () => assert.fail('no request may come'));
    const relay = await impostor(t, (socket) => {
      const { connect } = process.getBuiltinModule('node:net');
      const upstream = connect(control);
      upstream.on('error', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    await assert.rejects(connectPrivately(systemClock, { control: relay, token }), refusal(/wrong proof/));
  });

  it('is not in garbage, echoes, refusals, ends, and replies with more or without an end', async (t) => {
    const cases: [RegExp, (socket: Socket) => void][] = [
      [/JSON/, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n')],
      [/does not know the token/, (socket) => socket.write('null\n')],
      [/does not know the token/, (socket) => socket.write('{"ok":true}\n')],
      [/does not know the token/, (socket) => socket.once('data', (line) => socket.write(line))],
      [
        /the host refused: unknown operation/,
        (socket) => socket.write('{"ok":false,"error":"unknown operation"}\n'),
      ],
      [/closed without a reply/, (socket) => socket.end()],
      [/an endless reply/, (socket) => socket.write('x'.repeat(10_000))],
    ];
    for (const [pattern, serve] of cases) {
      const control = await impostor(t, serve);
      await assert.rejects(connectPrivately(systemClock, { control, token }), refusal(pattern));
    }
    const control = await impostor(t, (socket) => {
      socket.once('data', (line) => {
        const { op, challenge } = JSON.parse(String(line));
        const proof = proofOf(token, 'server', { control, op, challenge });
        socket.write(`${JSON.stringify({ ok: true, proof })}\nHTTP/1.1 200 OK\r\n`);
      });
    });
    await assert.rejects(connectPrivately(systemClock, { control, token }), refusal(/more than a reply/));
  });

  it('is waited for no longer than the deadline, whoever is half-open or slow', async (t) => {
    const silent = await impostor(t, () => undefined);
    const slow = await impostor(t, (socket) => {
      const drip = setInterval(() => socket.write(' '), 10);
      socket.on('close', () => clearInterval(drip));
    });
    for (const control of [silent, slow]) {
      await assert.rejects(connectPrivately(systemClock, { control, token }, 200), (error) => {
        assert.ok(error instanceof NotConnected);
        assert.equal(error.code, 'ETIMEDOUT');
        return true;
      });
    }
  });

  it('is asked of nobody where the socket is gone, or was left behind', async (t) => {
    const gone = await socketPath(t);
    const code = async (control: string) =>
      connectPrivately(systemClock, { control, token }).then(
        () => assert.fail('connected'),
        (error) => (error as NotConnected).code,
      );
    assert.equal(await code(gone), 'ENOENT');
    const left = await socketPath(t);
    const { spawnSync } = await import('node:child_process');
    const script = `require('net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    assert.equal(await code(left), 'ECONNREFUSED');
  });

  it('is asked of the client, too: who cannot give it gets no HTTP', async (t) => {
    const { control, seen } = await hosted(t, () => assert.fail('no request may come'));
    const { connect } = process.getBuiltinModule('node:net');
    const socket = connect(control).setEncoding('utf8');
    socket.write('{"op":"http","challenge":"c"}\n');
    const [reply] = await once(socket, 'data');
    assert.deepEqual(JSON.parse(reply), { ok: false, error: 'wrong proof' });
    assert.equal(seen.connections, 0);
    socket.destroy();
  });

  it('opens nothing at a host that is stopping: the request may go to the next one', async (t) => {
    const { control } = await hosted(t, () => undefined, { open: false });
    await assert.rejects(connectPrivately(systemClock, { control, token }), refusal(/it is stopping/));
  });

  it('opens nothing at a host whose daemon listens by itself', async (t) => {
    const { control } = await hosted(t, () => undefined, { http: false });
    await assert.rejects(connectPrivately(systemClock, { control, token }), refusal(/listens by itself/));
  });
});

describe('fetch over a private connection', { skip }, () => {
  it('sends method, path, headers, Host and the token, and gives status, headers and body', async (t) => {
    const { client } = await hosted(t, (request, response) => {
      const { method, url: path, headers } = request;
      response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
      response.end(JSON.stringify({ method, path, headers }));
    });
    const answer = await client.fetch(url, {
      method: 'PUT',
      headers: { 'x-own': 'ü'.normalize('NFC') === 'ü' ? 'yes' : '' },
    });
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2']);
    const { method, path, headers } = (await answer.json()) as {
      method: string;
      path: string;
      headers: Record<string, string>;
    };
    assert.equal(`${method} ${path}`, 'PUT /mcp');
    assert.equal(headers['x-own'], 'yes');
    assert.equal(headers.host, '127.0.0.1:8353');
    assert.equal(headers.authorization, `Bearer ${token}`);
  });

  it('uses a connection again, and as many as it needs at a time', async (t) => {
    const held: (() => void)[] = [];
    const { client, seen } = await hosted(t, (request, response) => {
      if (request.url === '/hold') held.push(() => response.end('held'));
      else response.end('now');
    });
    for (let n = 0; n < 5; n += 1) assert.equal(await (await client.fetch(url)).text(), 'now');
    assert.equal(seen.connections, 1);
    const waiting = [1, 2, 3].map(() => client.fetch(new URL('/hold', url)));
    await until('all three are there', () => held.length === 3);
    assert.equal(seen.connections, 3);
    for (const release of held) release();
    for (const one of waiting) assert.equal(await (await one).text(), 'held');
  });

  it('notices that an idle connection was closed, and opens another', async (t) => {
    const { client, seen, sockets } = await hosted(t, (_request, response) => void response.end('ok'));
    await (await client.fetch(url)).text();
    for (const socket of sockets) socket.destroy();
    await until('the client has noticed', () => [...sockets].every(({ closed }) => closed));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await (await client.fetch(url)).text(), 'ok');
    assert.equal(seen.connections, 2);
  });

  it('streams: what was written is there before the answer ends', async (t) => {
    let more: ((text: string) => void) | undefined;
    const { client } = await hosted(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      more = (text) => void response.end(text);
    });
    const reader = (await client.fetch(url)).body?.getReader() ?? assert.fail('it has a body');
    const text = async () => Buffer.from((await reader.read()).value ?? []).toString();
    assert.equal(await text(), 'data: first\n\n');
    more?.('data: last\n\n');
    assert.equal(await text(), 'data: last\n\n');
    assert.equal((await reader.read()).done, true);
  });

  it('carries big bodies both ways unchanged', async (t) => {
    const sent = randomBytes(8_000_000);
    const { client } = await hosted(t, (request, response) => void request.pipe(response));
    const got = await (await client.fetch(url, { method: 'POST', body: sent })).bytes();
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(digest(got), digest(sent));
  });

  it('has no body where there must be none', async (t) => {
    const { client } = await hosted(t, (_request, response) => void response.writeHead(204).end());
    const answer = await client.fetch(url, { method: 'DELETE' });
    assert.equal(answer.status, 204);
    assert.equal(answer.body, null);
  });

  it('is given up by its signal: before, while it waits, and while it streams', async (t) => {
    const closed: string[] = [];
    const { client } = await hosted(t, (request, response) => {
      response.on('close', () => closed.push(request.url ?? ''));
      if (request.url === '/stream') response.write('first');
    });
    const why = new Error('enough');
    const given = (error: unknown) => error === why;
    await assert.rejects(client.fetch(url, { signal: AbortSignal.abort(why) }), given);

    const waiting = new AbortController();
    const waited = client.fetch(new URL('/wait', url), { signal: waiting.signal });
    setTimeout(() => waiting.abort(why), 50);
    await assert.rejects(waited, given);
    await until('the server has noticed', () => closed.includes('/wait'));

    const streaming = new AbortController();
    const answer = await client.fetch(new URL('/stream', url), { signal: streaming.signal });
    const reader = answer.body?.getReader() ?? assert.fail('it has a body');
    await reader.read();
    streaming.abort(why);
    await assert.rejects(reader.read());
    await until('the server has noticed', () => closed.includes('/stream'));
  });

  it('lets go of a connection whose answer nobody wants', async (t) => {
    const closed = Promise.withResolvers<void>();
    const { client } = await hosted(t, (_request, response) => {
      response.on('close', closed.resolve);
      response.write('for ever');
    });
    await (await client.fetch(url)).body?.cancel();
    await closed.promise;
  });

  it('tells what was not sent from what broke: codes, and a half answer', async (t) => {
    const nowhere = await socketPath(t);
    const absent = privateClient(systemClock, async () => ({ control: nowhere, token }));
    await assert.rejects(
      absent.fetch(url),
      (error) => error instanceof NotConnected && error.code === 'ENOENT',
    );
    const { client } = await hosted(t, (request, response) => {
      if (request.url === '/half') response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => request.socket.destroy(), 20);
    });
    await assert.rejects(
      client.fetch(url),
      (error) => !(error instanceof NotConnected) && codeOf(error) === 'ECONNRESET',
    );
    const half = await client.fetch(new URL('/half', url));
    await assert.rejects(half.text());
    await assert.rejects(client.fetch(url, { method: 'POST', body: new Blob(['x']) }), TypeError);
  });

  it('keeps no process alive when it is idle', async (t) => {
    const { control } = await hosted(t, (_request, response) => void response.end('ok'));
    const modules = ['private-fetch', '../system/clock'].map(
      (name) => new URL(`../../src/runtime/${name}.ts`, import.meta.url).href,
    );
    const script = `
      const [{ privateClient }, { systemClock }] = await Promise.all(${JSON.stringify(modules)}.map((one) => import(one)));
      const client = privateClient(systemClock, async () => (${JSON.stringify({ control, token })}));
      console.log(await (await client.fetch(${JSON.stringify(url)})).text());`;
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const started = performance.now();
    const failed = ended.then(([code]) => [`it ended with ${code}`]);
    assert.equal(String((await Promise.race([once(child.stdout, 'data'), failed]))[0]).trim(), 'ok');
    const answered = performance.now();
    assert.deepEqual(await ended, [0, null]);
    assert.ok(performance.now() - answered < 4000, `${answered - started}`);
  });
});
