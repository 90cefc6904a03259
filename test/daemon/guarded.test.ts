import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { test } from 'node:test';
import { createMiddleware } from '../../src/daemon/middleware.ts';
import { daemonSettingsSchema } from '../../src/service/daemon-settings.ts';
import { systemClock } from '../../src/system/clock.ts';
import { startTestDaemon, token } from '../support/daemon.ts';
import { until } from '../support/until.ts';

const port = 8353;

function exchange(authorization?: string): { request: IncomingMessage; response: ServerResponse } {
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  request.url = '/work';
  request.complete = true;
  request.headers = { host: `127.0.0.1:${port}`, ...(authorization === undefined ? {} : { authorization }) };
  return { request, response: new ServerResponse(request) };
}

test('a request with the token does not wait behind requests without one', async () => {
  const begun: (string | undefined)[] = [];
  const daemon = createMiddleware(
    { settings: daemonSettingsSchema.parse({}), port, token, log: () => undefined, clock: systemClock },
    {
      routes: [{ path: '/work', handle: ({ headers }) => void begun.push(headers.authorization) }],
      counters: () => ({}),
      onRequest: () => undefined,
      close: async () => undefined,
    },
  );
  const strangers = Array.from({ length: 1_000 }, (_, n) => exchange(n % 2 === 0 ? undefined : 'Bearer no'));
  for (const { request, response } of strangers) daemon.handle(request, response);
  const owner = exchange(`Bearer ${token}`);
  daemon.handle(owner.request, owner.response);
  // Its turn is the first one; what it begins with is a promise.
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(begun, [`Bearer ${token}`]);
  assert.ok(strangers.every(({ response }) => response.statusCode === 401 && response.headersSent));
});

test('whatever is sent without a token is neither logged nor kept', async (t) => {
  const running = await startTestDaemon(t);
  const bodies = [undefined, '{"jsonrpc":"2.0"', 'x'.repeat(200_000)];
  const headers = {
    authorization: null,
    'content-type': 'application/json',
    'mcp-session-id': 'a',
    'x-client-id': 'b',
  };
  for (const path of [
    '/mcp',
    '/readyz',
    '/projects/x/lock',
    '/projects/x/files/log.jsonl',
    '/projects/%zz/files',
  ]) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      // Node's client tells no length of what a GET or DELETE holds.
      for (const body of /GET|DELETE/.test(method) ? [undefined] : bodies) {
        const { status } = await running.ask(method, path, headers, body);
        assert.ok([401, 405, 429].includes(status), `${method} ${path}: ${status}`);
      }
    }
  }
  assert.deepEqual(running.lines, []);
  assert.equal(running.daemon.counters().sessionsOpened, 0);
});

test('a body without end is cut off when there is no token', async (t) => {
  const { port: open } = await startTestDaemon(t);
  const socket = connect(open, '127.0.0.1');
  t.after(() => socket.destroy());
  let closed = false;
  socket
    .on('error', () => undefined)
    .once('close', () => {
      closed = true;
    });
  socket.resume();
  const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${open}\r\ncontent-length: 1000000000\r\n\r\n`;
  socket.write(head);
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let sent = 0;
  const more = () => {
    while (!closed && sent < 500) {
      sent += 1;
      if (!socket.write(chunk)) return void socket.once('drain', more);
    }
  };
  more();
  await until('the connection is cut off', () => closed);
  assert.ok(sent < 200, `${sent} MB were taken`);
});
