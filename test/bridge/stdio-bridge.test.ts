// The bridge with an HTTP server that the test answers by hand.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { StdioBridge } from '../../src/bridge/stdio-bridge.ts';
import { MemorydError } from '../../src/errors.ts';
import { systemClock } from '../../src/system/clock.ts';

interface Message {
  id?: number;
  method: string;
  params?: Record<string, unknown>;
}

type Answer = (message: Message, response: ServerResponse, request: IncomingMessage) => void;

function respond(response: ServerResponse, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers as a server with one reading and one writing tool does. */
const ordinary: Answer = ({ id, method }, response, request) => {
  if (request.method !== 'POST' || id === undefined) return void response.writeHead(202).end();
  const serverInfo = { name: 'by hand', version: '1' };
  const results: Record<string, object> = {
    initialize: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo },
    'tools/list': {
      tools: [
        { name: 'read', annotations: { readOnlyHint: true } },
        { name: 'write', annotations: { readOnlyHint: false } },
      ],
    },
  };
  respond(
    response,
    { jsonrpc: '2.0', id, result: results[method] ?? { content: [] } },
    method === 'initialize' ? { 'mcp-session-id': 'a-session' } : {},
  );
};

/** A server that `answer` speaks for, and what it was asked. */
async function serve(t: TestContext, answer: Answer) {
  const asked: { method: string; session: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const message = (request.method === 'POST' ? await json(request) : { method: 'stream' }) as Message;
    asked.push({ method: message.method, session: request.headers['mcp-session-id'] });
    answer(message, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  return { asked, locate: async () => ({ url, nonce: 'n', client: undefined }) };
}

/** What a bridge answers to `lines`, which it gets at once. Its input then ends. */
async function run(lines: Message[], locate: ConstructorParameters<typeof StdioBridge>[0]['locate']) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const bridge = new StdioBridge({ input, output, locate, clock: systemClock, say });
  const running = bridge.run().then(() => output.end());
  input.end(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
  const written = await text(output);
  await running;
  const answers = written.trim().split('\n').filter(Boolean);
  return { said, answers: answers.map((line) => JSON.parse(line)) };
}

const clientInfo = { name: 'a pipe', version: '1' };
const initialize = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
};
const conversation: Message[] = [
  initialize,
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' },
  { id: 3, method: 'tools/call', params: { name: 'write' } },
];

test('N38: what came in before the input ended is answered, in one session, and nothing is said', async (t) => {
  const { asked, locate } = await serve(t, (message, response, request) =>
    setTimeout(() => ordinary(message, response, request), 50),
  );
  const { answers, said } = await run(conversation, locate);
  assert.deepEqual(answers.map(({ id }) => id).sort(), [1, 2, 3]);
  assert.ok(answers.every(({ result }) => result !== undefined));
  assert.deepEqual(said, []);
  const calls = asked.filter(({ method }) => method.startsWith('tools/'));
  assert.deepEqual(
    calls.map(({ session }) => session),
    ['a-session', 'a-session'],
  );
});

test('N38: a daemon that is not there is told of, and not waited for', async () => {
  const { answers } = await run([initialize], async ({ signal }) => {
    await systemClock.sleep(60_000, signal);
    throw new MemorydError('not-running', 'cannot reach "memory"');
  });
  assert.match(answers[0].error.message, /cannot reach "memory"/);
});

for (const [tool, outcome] of [
  ['read', 'is sent again'],
  ['write', 'fails, because it may have been carried out'],
] as const) {
  test(`N38: a call of a tool of kind "${tool}" whose daemon ended ${outcome}`, async (t) => {
    let lost = 0;
    const call = { id: 3, method: 'tools/call', params: { name: tool } };
    const input = new PassThrough();
    const output = new PassThrough();
    const { locate } = await serve(t, (message, response, request) => {
      if (message.method !== 'tools/call' || lost > 0) return ordinary(message, response, request);
      lost += 1;
      request.socket.destroy();
    });
    const bridge = new StdioBridge({
      input,
      output,
      locate,
      clock: systemClock,
      say: () => undefined,
    });
    const running = bridge.run();
    const ask = async (message: object) => {
      input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
      const [chunk] = await once(output, 'data');
      return JSON.parse(String(chunk));
    };
    await ask(initialize);
    await ask({ id: 2, method: 'tools/list' });
    const answer = await ask(call);
    assert.equal(lost, 1);
    assert.equal('result' in answer, tool === 'read', JSON.stringify(answer));
    input.end();
    await running;
  });
}
