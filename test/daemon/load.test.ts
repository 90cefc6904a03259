import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createFixture } from 'fs-fixture';
import { token } from '../support/daemon.ts';
import { startDaemonProcess } from '../support/daemon-child.ts';

const clients = Number(process.env.MEMORYD_LOAD_CLIENTS ?? 40);
const seconds = Number(process.env.MEMORYD_LOAD_SECONDS ?? 5);

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'load', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** The daemon went away before it answered: whether it did what was asked is not known. */
class Gone extends Error {}

interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they come
  json: any;
}

class Load {
  /** Milliseconds of each answer, by what was asked. */
  readonly times = new Map<string, number[]>();
  readonly wrong: string[] = [];
  readonly agent = new Agent({ keepAlive: true });
  readonly port: number;
  gone = 0;

  constructor(port: number) {
    this.port = port;
  }

  async ask(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Reply> {
    const started = performance.now();
    const all = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers };
    const options = { host: '127.0.0.1', port: this.port, method, path, headers: all, agent: this.agent };
    const reply = await new Promise<Reply>((resolve, reject) => {
      const gone = (error: Error) => reject(new Gone(error.message));
      const req = request(options, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', gone);
        res.on('end', () =>
          resolve({ status: res.statusCode ?? 0, json: JSON.parse(Buffer.concat(chunks).toString()) }),
        );
      });
      req.on('error', gone);
      req.end(body);
    });
    const kind = headers['mcp-name'] ?? `${method} ${path.replace(/.*\//, '')}`;
    const times = this.times.get(kind) ?? [];
    times.push(performance.now() - started);
    this.times.set(kind, times);
    return reply;
  }

  async call(name: string, args: object) {
    const headers = {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    };
    const params = { name, arguments: args, _meta: meta };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const { status, json } = await this.ask('POST', '/mcp', headers, body);
    if (status !== 200 || json.result?.isError === true) this.wrong.push(JSON.stringify(json));
    return json.result.structuredContent;
  }

  expect(holds: boolean, what: string): void {
    if (!holds) this.wrong.push(what);
  }
}

/** One client: stores, finds what it stored, syncs a project of its own; waits when the daemon is gone. */
async function work(load: Load, name: string, until: number, stored: Set<string>): Promise<void> {
  const project = `/projects/${name}`;
  const lock = { 'x-client-id': name };
  let written: string[] = [];
  for (let n = 0; performance.now() < until; n += 1) {
    try {
      const word = `${name}x${n}`;
      const { memory } = await load.call('store_memory', {
        content: `remember ${word} for later`,
        tags: [name],
      });
      stored.add(memory.id);
      const { memories } = await load.call('search_memories', { query: `${word} remember`, limit: 3 });
      load.expect(memories[0]?.id === memory.id, `${word} is not the first that a search for it finds`);
      if (n % 4 !== 0) continue;
      const locked = await load.ask('POST', `${project}/lock`, lock);
      load.expect(locked.status === 200, `lock: ${locked.status}`);
      const content = `${word} ${'y'.repeat(n % 700)}`;
      // Until it is answered either content is right.
      written.push(content);
      const put = await load.ask('PUT', `${project}/files/summary.md`, lock, JSON.stringify({ content }));
      load.expect(put.status === 200, `put: ${put.status} ${JSON.stringify(put.json)}`);
      written = [content];
      const got = await load.ask('GET', `${project}/files/summary.md`, {});
      load.expect(written.includes(got.json.content), `${name} reads what it did not write`);
      const released = await load.ask('DELETE', `${project}/lock`, lock);
      load.expect(released.status === 200, `release: ${released.status}`);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      load.gone += 1;
      await delay(50);
    }
  }
}

test(`${clients} clients for ${seconds} s, the daemon killed twice: no wrong answer, nothing acknowledged lost`, async (t) => {
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  const dataDir = join(fixture.path, 'data');
  let { child, port } = await startDaemonProcess(t, dataDir);
  const load = new Load(port);
  const stored = new Set<string>();
  const until = performance.now() + seconds * 1_000;
  const working = Array.from({ length: clients }, (_, n) => work(load, `client${n}`, until, stored));
  for (let kills = 0; kills < 2; kills += 1) {
    await delay((seconds * 1_000) / 3);
    child.kill('SIGKILL');
    await once(child, 'exit');
    ({ child } = await startDaemonProcess(t, dataDir, port));
  }
  await Promise.all(working);
  for (const [kind, times] of load.times) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]?.toFixed(1);
    t.diagnostic(`${kind}: ${sorted.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
  t.diagnostic(`${load.gone} cut off by the kills`);
  assert.deepEqual(load.wrong.slice(0, 5), []);
  assert.ok(load.gone > 0);
  const lost: string[] = [];
  for (const id of stored) {
    const { memory } = await load.call('get_memory', { id });
    if (memory?.id !== id) lost.push(id);
  }
  assert.deepEqual(lost, []);
  load.agent.destroy();
});
