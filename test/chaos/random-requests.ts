import { METHODS } from 'node:http';
import { syncFileNames } from '../../src/service/sync-protocol.ts';

export type Random = () => number;

function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function several<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, make);
}

// CONNECT is answered by closing the connection, which would leave what follows it unanswered.
const methods = ['GET', 'POST', 'PUT', 'DELETE', ...METHODS.filter((method) => method !== 'CONNECT')];

const pieces = [
  ...['..', '.', '/', '//', '/../', '/./', '\\', '~', ';', '?', '#', '&', '='],
  ...['%2e%2e', '%2E%2e%2f', '%2F', '%5c', '%00', '%', '%z', '%zz', '%25', '%c0%ae', '%ff', '%E0%A4%A'],
  ...['a', 'A', '_', 'demo', 'CON', 'nul.txt', 'secret', 'etc/passwd', 'memories.db', '.lock.json'],
  ...['mcp', 'readyz', 'health', 'projects', 'files', 'lock', 'lock/heartbeat', '%C3%A9', '%FF'],
  ...syncFileNames,
];

const plainTargets = [
  ...['/mcp', '/mcp?x=1', '/mcp/', '//mcp', '/mcp/../readyz', '/readyz', '/health', '/', '*'],
  ...['http://evil.example/mcp', '/projects', '/projects/', '/projects/demo/files'],
  ...['/projects/demo/lock', '/projects/demo/lock/heartbeat', '/projects/demo/files/log.jsonl'],
  ...['/projects/../files/log.jsonl', '/projects/%2e%2e/files/log.jsonl', '/projects/./files/log.jsonl'],
  ...['/projects/..%2f..%2f/files/log.jsonl', '/projects/%2e%2e%2f%2e%2e/files/summary.md'],
  ...['/projects/demo/files/..%2f..%2fsecret', '/projects/demo/files/../../secret', '/../../secret'],
];

function target(random: Random): string {
  const kind = random();
  if (kind < 0.5) return oneOf(random, plainTargets);
  const some = several(random, 8, () => oneOf(random, pieces)).join('');
  if (kind < 0.75) return `/projects/${some}/files/${oneOf(random, pieces)}`;
  if (kind < 0.85) return `/projects/${encodeURIComponent(some)}/${oneOf(random, ['lock', 'files'])}`;
  return `/${some}`.slice(0, random() < 0.02 ? undefined : 300);
}

const headers = [
  ...['Content-Type: application/json', 'Accept: application/json, text/event-stream', 'X-Client-Id: fuzz'],
  ...['Content-Type: application/octet-stream', 'Content-Type: text/plain', 'Accept: text/event-stream'],
  ...['Origin: null', 'Origin: http://localhost:1', 'Origin: http://evil.example', 'X-Client-Id: ../x'],
  ...['Mcp-Session-Id: __proto__', 'Mcp-Session-Id: \u00e9', 'MCP-Protocol-Version: 2026-07-28'],
  ...['MCP-Protocol-Version: 2025-06-18', 'Mcp-Method: tools/call', 'Mcp-Name: store_memory'],
  ...['Authorization: Bearer nonsense', 'Cookie: a=b', 'Range: bytes=0-', 'If-None-Match: *', 'TE: trailers'],
  ...[`X-Long: ${'x'.repeat(2_000)}`, 'X-Empty:', 'Expect: 100-continue', 'Content-Encoding: gzip'],
];

const modern = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}';
const bodies = [
  ...['', '{}', '[]', 'null', '"', '0', '{"jsonrpc":"2.0"}', '\u0000\u0001\u0002', '[[[['.repeat(500)],
  ...['{"content":"from the fuzz"}', '{"content":1}', '{"content":""}', 'a line\n', '{"__proto__":{}}'],
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"f","version":"1"}}}',
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"9","capabilities":{},"clientInfo":{"name":"f","version":"1"}}}',
  '{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"store_memory","arguments":{"content":1}}}',
  '[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","id":1,"method":"tools/list"}]',
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"x"},${modern}}}`,
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"store_memory","arguments":{"content":"by chance"},${modern}}}`,
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_memories","arguments":{"query":"\\"chance -* ("},${modern}}}`,
];

function framed(random: Random, body: string): { headers: string[]; body: string } {
  if (random() < 0.85) return { headers: [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`], body };
  const size = Buffer.byteLength(body, 'latin1');
  const chunk = size === 0 ? '' : `${size.toString(16)}\r\n${body}\r\n`;
  return { headers: ['Transfer-Encoding: chunked'], body: `${chunk}0\r\n\r\n` };
}

const mcp = (name: string) => [
  'Content-Type: application/json',
  'Accept: application/json, text/event-stream',
  'MCP-Protocol-Version: 2026-07-28',
  'Mcp-Method: tools/call',
  `Mcp-Name: ${name}`,
];

function toolCall(name: string, args: object): string {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name, arguments: args, _meta };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
}

/** What the daemon will most likely do, with hostile words in it. */
function likely(random: Random): { line: string; headers: string[]; body: string } {
  const words = several(random, 6, () => oneOf(random, pieces)).join(oneOf(random, ['', ' ', '"']));
  const project = `/projects/${random() < 0.5 ? 'demo' : encodeURIComponent(words)}`;
  const client = ['X-Client-Id: fuzz'];
  const kinds = [
    { line: `POST ${project}/lock`, headers: client, body: '' },
    { line: `DELETE ${project}/lock`, headers: client, body: '' },
    { line: `GET ${project}/files`, headers: [], body: '' },
    { line: `GET ${project}/files/log.jsonl`, headers: [], body: '' },
    { line: `PUT ${project}/files/log.jsonl`, headers: client, body: words },
    {
      line: 'POST /mcp',
      headers: mcp('store_memory'),
      body: toolCall('store_memory', { content: `x${words}`, tags: [words] }),
    },
    {
      line: 'POST /mcp',
      headers: mcp('search_memories'),
      body: toolCall('search_memories', { query: words }),
    },
    { line: 'POST /mcp', headers: mcp('get_memory'), body: toolCall('get_memory', { id: words }) },
    { line: 'POST /mcp', headers: mcp('').slice(0, 2), body: oneOf(random, bodies) },
  ];
  return oneOf(random, kinds);
}

/** A request that HTTP cannot object to, whatever is in it: the connection goes on after its answer. In latin1. */
export function randomRequest(random: Random, host: string, token: string): string {
  const method = oneOf(random, random() < 0.7 ? methods.slice(0, 4) : methods);
  const wild = { line: `${method} ${target(random)}`, headers: [], body: oneOf(random, bodies) };
  const asked = random() < 0.3 ? likely(random) : wild;
  const { headers: framing, body } = framed(random, asked.body);
  const lines = [
    `${asked.line} HTTP/1.1`,
    `Host: ${random() < 0.95 ? host : 'evil.example'}`,
    ...(random() < 0.9 ? [`Authorization: Bearer ${token}`] : []),
    ...(asked === wild ? several(random, 5, () => oneOf(random, headers)) : asked.headers),
    ...framing,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const brokenParts = [
  ...[
    'GET',
    'GET / HTTP/9.9',
    'GET /\u0000 HTTP/1.1',
    'BREW /pot HTCPCP/1.0',
    '\u0016\u0003\u0001\u0002\u0000',
  ],
  ...['GET /\u00e9\u00ff HTTP/1.1', 'POST evil.example:80 HTTP/1.1', 'CONNECT evil.example:80 HTTP/1.1'],
  ...['PRI * HTTP/2.0\r\n\r\nSM', 'GET /a b c HTTP/1.1', '\r\n\r\n\r\n', 'POST /mcp HTTP/1.1\nHost: x\n\n'],
];
const brokenHeaders = [
  ...['Content-Length: -1', 'Content-Length: 5, 6', 'Content-Length: 99999999999', 'Content-Length: 1e3'],
  ...['Transfer-Encoding: chunked\r\nContent-Length: 3', 'Transfer-Encoding: gzip', 'no colon', ': no name'],
  ...[`X: ${'x'.repeat(70_000)}`, 'X: \u0000', 'Host: a\r\nHost: b', 'Connection: Upgrade\r\nUpgrade: h2c'],
];

/** What ends a connection: no HTTP, broken HTTP, or a request that breaks off. */
export function brokenRequest(random: Random, host: string, token: string): string {
  const whole = randomRequest(random, host, token);
  const kind = random();
  if (kind < 0.3) return `${oneOf(random, brokenParts)}\r\nHost: ${host}\r\n\r\n`;
  if (kind < 0.6) return whole.replace('\r\n', `\r\n${oneOf(random, brokenHeaders)}\r\n`);
  if (kind < 0.8) return whole.slice(0, Math.floor(random() * whole.length));
  return whole.replaceAll(/./g, (c) => (random() < 0.05 ? String.fromCharCode(random() * 256) : c));
}
