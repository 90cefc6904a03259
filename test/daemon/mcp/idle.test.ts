// What keeps a session from being idle, and what does not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/server';
import { createMcpEndpoint } from '../../../src/daemon/mcp/index.ts';
import { daemonSettingsSchema } from '../../../src/service/daemon-settings.ts';
import { holdClock } from '../../support/held-clock.ts';
import { until } from '../../support/until.ts';

const idleTimeoutSecs = 60;

/** An MCP endpoint whose only tool ends when the test says so. */
async function setUp(t: TestContext) {
  const clock = holdClock();
  const began = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const closed: unknown[] = [];
  const endpoint = createMcpEndpoint({
    createServer() {
      const server = new McpServer({ name: 'slow', version: '1' });
      server.registerTool('wait', {}, async () => {
        began.resolve();
        await end.promise;
        return { content: [{ type: 'text', text: 'done' }] };
      });
      return server;
    },
    settings: daemonSettingsSchema.parse({ sessions: { idleTimeoutSecs } }).sessions,
    idKey: 'a key',
    log: (event, fields) => void (event === 'session.closed' && closed.push(fields?.reason)),
    clock,
  });
  const http = createServer((request, response) => void endpoint.handle(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(async () => {
    await endpoint.close();
    http.closeAllConnections();
    http.close();
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const post = (method: string, params: object, session: Record<string, string> = {}) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    return fetch(url, { method: 'POST', headers: { ...headers, ...session }, body });
  };
  const clientInfo = { name: 'tester', version: '1' };
  const opened = await post('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? assert.fail() };
  const idle = (times: number) => clock.advance(times * idleTimeoutSecs * 1000);
  return { url, post, session, began: began.promise, end: end.resolve, closed, idle };
}

test('a tool that runs for longer than a session may be idle keeps it; idle time begins when it has answered', async (t) => {
  const { post, session, began, end, closed, idle } = await setUp(t);
  const answer = post('tools/call', { name: 'wait', arguments: {} }, session);
  await began;
  idle(10);
  assert.deepEqual(closed, []);
  end();
  assert.match(await (await answer).text(), /done/);
  idle(0.9);
  assert.equal((await post('tools/list', {}, session)).status, 200);
  // The server knows of an answer's end a moment after its client does.
  await until('it has been idle', () => {
    idle(1);
    return closed.length > 0;
  });
  assert.deepEqual(closed, ['idle_timeout']);
  assert.equal((await post('tools/list', {}, session)).status, 200, 'it goes on without a session');
});

test('an event stream that is only open is no work: it ends with its session', async (t) => {
  const { url, session, closed, idle } = await setUp(t);
  const stream = await fetch(url, { headers: { accept: 'text/event-stream', ...session } });
  assert.equal(stream.status, 200);
  idle(1);
  assert.deepEqual(closed, ['idle_timeout']);
  assert.equal(await stream.text(), '');
});
