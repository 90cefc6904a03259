import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { randomFrom } from '../../scripts/bench/corpus.ts';
import { startTestDaemon, token } from '../support/daemon.ts';

const runs = Number(process.env.MEMORYD_FUZZ_RUNS ?? 3_000);
const seed = Number(process.env.MEMORYD_FUZZ_SEED ?? 1);

const methods = ['GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'];
const brokenMethods = ['PROPFIND', 'BREW', 'get', ''];
const paths = [
  ...['/mcp', '/mcp?x=1', '/mcp/', '//mcp', '/mcp/../readyz', '/readyz', '/', '*', 'http://evil.example/mcp'],
  ...[
    '/projects/p/files',
    '/projects/%2e%2e/files/log.jsonl',
    '/projects/../../etc/passwd/files',
    '/projects/%00/lock',
  ],
  ...['/%', '/%zz', '/%c0%ae%c0%ae/', '/\u0000', '/..%2f..%2f', `/${'a'.repeat(5_000)}`],
];
const headers = [
  ...['Content-Type: application/json', 'Accept: application/json, text/event-stream', 'X-Client-Id: c'],
  ...['Content-Type: text/plain', 'Accept: text/event-stream', 'Origin: null', 'Origin: http://localhost:1'],
  ...[
    'Mcp-Session-Id: __proto__',
    'MCP-Protocol-Version: 2026-07-28',
    'Mcp-Method: tools/call',
    'Mcp-Name: x',
  ],
];
const brokenHeaders = [
  ...['Authorization: Bearer nonsense', 'Host: evil.example', 'Mcp-Session-Id: \u00e9', 'Content-Length: -1'],
  ...[
    'Transfer-Encoding: chunked',
    'Content-Length: 5',
    'Content-Length: 99999999999',
    `X: ${'x'.repeat(17_000)}`,
  ],
  ...['Expect: 100-continue', 'Connection: Upgrade\r\nUpgrade: websocket', 'no colon', ': no name'],
];
const bodies = [
  ...[
    '',
    '{}',
    '[]',
    'null',
    '"',
    '{"jsonrpc":"2.0"}',
    '\u0000\u0001\u0002',
    '5\r\nhello\r\n0\r\n\r\n',
    'zz\r\n',
  ],
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"9","capabilities":{},"clientInfo":{"name":"f","version":"1"}}}',
  '{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"store_memory","arguments":{"content":1}}}',
  '[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","id":1,"method":"tools/list"}]',
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"x"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}',
];

function oneOf<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function randomRequest(random: () => number, port: number): string {
  const method = oneOf(random, random() < 0.95 ? methods : brokenMethods);
  const lines = [`${method} ${random() < 0.5 ? '/mcp' : oneOf(random, paths)} HTTP/1.1`];
  if (random() < 0.95) lines.push(`Host: 127.0.0.1:${port}`);
  if (random() < 0.9) lines.push(`Authorization: Bearer ${token}`);
  for (let n = Math.floor(random() * 5); n > 0; n -= 1) {
    lines.push(oneOf(random, random() < 0.93 ? headers : brokenHeaders));
  }
  const body = oneOf(random, bodies);
  if (random() < 0.7) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  const request = `${lines.join('\r\n')}\r\n\r\n${body}`;
  // Now and then it breaks off, or its bytes are turned over.
  if (random() < 0.1) return request.slice(0, Math.floor(random() * request.length));
  if (random() < 0.1)
    return request.replaceAll(/./g, (c) => (random() < 0.02 ? String.fromCharCode(random() * 256) : c));
  return request;
}

/** Sends raw bytes and gives what comes back within a moment of silence. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const finish = () => {
      socket.destroy();
      resolve(received);
    };
    socket.setTimeout(150, finish);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (received.includes('\r\n\r\n')) socket.setTimeout(5);
    });
    socket.on('error', finish);
    socket.on('close', finish);
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

test(`${runs} random requests: an HTTP answer or none, never a 500, nothing written anywhere`, async (t) => {
  const running = await startTestDaemon(t, { settings: { sync: { rateLimit: 0 } } });
  const random = randomFrom(seed);
  const answers = new Map<string, number>();
  let left = runs;
  async function hammer(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const sent = randomRequest(random, running.port);
      const received = await exchange(running.port, sent);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1];
      answers.set(status ?? 'none', (answers.get(status ?? 'none') ?? 0) + 1);
      const printed = JSON.stringify({ sent: sent.slice(0, 400), received: received.slice(0, 400) });
      assert.ok(received === '' || status !== undefined, printed);
      assert.ok(status === undefined || Number(status) < 500, printed);
    }
  }
  await Promise.all(Array.from({ length: 16 }, hammer));
  t.diagnostic(`answers: ${JSON.stringify(Object.fromEntries([...answers].toSorted()))}`);
  for (const reached of ['200', '400', '401', '403', '404', '405', '415'])
    assert.ok(answers.has(reached), reached);
  assert.equal((await running.ask('GET', '/readyz')).status, 200);
  assert.deepEqual(
    running.lines.filter(({ event }) => event === 'http.failed' || event === 'sync.failed'),
    [],
  );
  const written = existsSync(running.dataDir) ? readdirSync(running.dataDir) : [];
  assert.deepEqual(written, []);
  assert.deepEqual(readdirSync(dirname(running.dataDir)), []);
});
