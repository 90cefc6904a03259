import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ask, type ProbeTarget } from '../../src/external/probes/index.ts';
import type { ProbeSettings } from '../../src/service/external-settings.ts';
import { realSystem } from '../../src/system/system.ts';
import { freePort } from '../support/host-home.ts';

const system = realSystem();

async function listening(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as { port: number }).port;
}

function target(port: number, change: Partial<ProbeTarget> = {}): ProbeTarget {
  return { host: '127.0.0.1', port, timeoutMs: 300, values: { port: String(port) }, env: {}, ...change };
}

const why = async (probe: ProbeSettings, to: ProbeTarget) => {
  const answer = await ask(system, probe, to);
  return answer.kind === 'yes' ? 'yes' : answer.why;
};

describe('an HTTP probe', () => {
  const http = (change: object = {}): ProbeSettings => ({
    kind: 'http',
    path: '/health',
    status: [200],
    ...change,
  });

  it('wants one of its statuses and the values it names', async (t) => {
    const port = await listening(t, (request, response) => {
      response.statusCode = request.url === '/health' ? 200 : 404;
      response.end('{"status":"ok","checks":[{"up":true}],"none":null}');
    });
    const to = target(port);
    assert.equal(await why(http(), to), 'yes');
    assert.equal(await why(http({ path: '/other' }), to), `HTTP 404 at http://127.0.0.1:${port}/other`);
    assert.equal(await why(http({ path: '/other', status: [204, 404] }), to), 'yes');
    assert.equal(await why(http({ json: { status: 'ok', 'checks.0.up': true, none: null } }), to), 'yes');
    assert.equal(await why(http({ json: { 'checks.0.up': false } }), to), 'checks.0.up is true');
    assert.equal(await why(http({ json: { 'no.such': 1 } }), to), 'no.such is undefined');
    assert.equal(await why(http({ json: { 'status.length': 2 } }), to), 'status.length is undefined');
  });

  it('follows nobody elsewhere', async (t) => {
    const port = await listening(t, (_request, response) => {
      response.writeHead(302, { location: 'http://example.com/' }).end();
    });
    assert.equal(
      await why(http(), target(port)),
      `HTTP 302 to http://example.com/ at http://127.0.0.1:${port}/health`,
    );
  });

  it('gives up on silence, on endless talk and on a closed door', async (t) => {
    const silent = await listening(t, () => undefined);
    assert.equal(await why(http(), target(silent)), 'no answer in 300 ms');
    const endless = await listening(t, (_request, response) => {
      const talk = () => {
        while (response.write('x'.repeat(65_536)) && !response.destroyed);
        if (!response.destroyed) response.once('drain', talk);
      };
      talk();
    });
    assert.equal(await why(http(), target(endless, { timeoutMs: 5000 })), 'the answer is too long');
    assert.match(await why(http(), target(await freePort())), /^nothing listens on 127\.0\.0\.1:\d+$/);
  });

  it('is not fooled by what is no JSON', async (t) => {
    const port = await listening(t, (_request, response) => response.end('<html>'));
    assert.equal(await why(http({ json: { a: 1 } }), target(port)), 'its answer is not JSON');
  });
});

describe('an MCP probe', () => {
  const probe: ProbeSettings = { kind: 'mcp', path: '/mcp' };
  const result = { jsonrpc: '2.0', id: 1, result: { serverInfo: { name: 'x', version: '1' } } };

  it('takes JSON and streams, and deletes the session it was given', async (t) => {
    for (const stream of [false, true]) {
      const seen: string[] = [];
      const port = await listening(t, (request, response) => {
        seen.push(`${request.method} ${request.headers['mcp-session-id'] ?? '-'}`);
        if (request.method === 'DELETE') return void response.end();
        response.setHeader('mcp-session-id', 's1');
        if (!stream) return void response.end(JSON.stringify(result));
        response.setHeader('content-type', 'text/event-stream');
        response.write(`: hello\n\nevent: message\ndata: ${JSON.stringify(result)}\n\n`);
      });
      assert.equal(await why(probe, target(port)), 'yes');
      assert.deepEqual(seen, ['POST -', 'DELETE s1']);
    }
  });

  it('wants a result, not just an answer', async (t) => {
    const error = { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } };
    const port = await listening(t, (_request, response) => response.end(JSON.stringify(error)));
    assert.equal(await why(probe, target(port)), `initialize: no result at http://127.0.0.1:${port}/mcp`);
    const closed = await listening(t, (_request, response) => response.writeHead(401).end('{}'));
    assert.equal(await why(probe, target(closed)), `initialize: HTTP 401 at http://127.0.0.1:${closed}/mcp`);
  });
});

describe('a TCP probe', () => {
  it('is content with a connection', async (t) => {
    const server = createNetServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    assert.equal(await why({ kind: 'tcp' }, target((server.address() as { port: number }).port)), 'yes');
    assert.match(
      await why({ kind: 'tcp' }, target(await freePort())),
      /^nothing listens on 127\.0\.0\.1:\d+$/,
    );
  });
});

describe('a command probe', () => {
  const command = (...args: string[]): ProbeSettings => ({
    kind: 'command',
    argv: [process.execPath, ...args],
  });

  it('is yes at exit 0, is told the port, and is never a shell', async () => {
    const to = target(4711, { timeoutMs: 10_000 });
    assert.equal(
      await why(
        command('-e', 'process.exit(process.argv[1] === "4711; exit 0" ? 0 : 3)', '{port}; exit 0'),
        to,
      ),
      'yes',
    );
    assert.match(await why(command('-e', 'process.exit(3)'), to), /exit 3$/);
    assert.match(await why({ kind: 'command', argv: ['no-such-program-here'] }, to), /not found$/);
  });

  it('does not wait for one that hangs', async () => {
    assert.match(await why(command('-e', 'setInterval(() => {}, 1000)'), target(1)), /no answer in 300 ms$/);
  });
});
