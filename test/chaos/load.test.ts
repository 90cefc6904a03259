// Many clients for a minute, the daemon killed in the middle: no wrong answer, nothing acknowledged lost, no lock left.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBuilt } from '../../scripts/cli.ts';
import { HostHome } from '../support/host-home.ts';

const clients = Number(process.env.MEMORYD_LOAD_CLIENTS ?? 200);
const seconds = Number(process.env.MEMORYD_LOAD_SECONDS ?? 60);
const sharedProjects = Math.ceil(clients / 20);

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

/** What all clients share: their connections, what they were told, and what was wrong with it. */
class Load {
  /** Milliseconds of each answer, by what was asked. */
  readonly times = new Map<string, number[]>();
  readonly wrong: string[] = [];
  /** Content of each memory that was acknowledged, by id. */
  readonly stored = new Map<string, string>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;
  readonly #token: string;
  gone = 0;

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Reply> {
    const started = performance.now();
    const reply = await this.#send(method, path, headers, body);
    const kind = headers['mcp-name'] ?? `${method} ${path.replace(/.*\//, '')}`;
    const times = this.times.get(kind) ?? [];
    times.push(performance.now() - started);
    this.times.set(kind, times);
    return reply;
  }

  #send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Reply> {
    const all = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers };
    const options = { host: '127.0.0.1', port: this.#port, method, path, headers: all, agent: this.#agent };
    return new Promise((resolve, reject) => {
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
    this.expect(status === 200 && json.result?.isError !== true, () => JSON.stringify(json));
    return json.result?.structuredContent ?? {};
  }

  expect(holds: boolean, what: () => string): void {
    if (!holds) this.wrong.push(what());
  }

  end(): void {
    this.#agent.destroy();
  }
}

/** One client: stores and finds memories, syncs a project of its own, and takes turns with others at a shared one. */
class Client {
  readonly #load: Load;
  readonly #name: string;
  readonly #own: string;
  readonly #shared: string;
  readonly #headers: Record<string, string>;
  /** What the own project's file may hold: until an upload is answered, both contents are right. */
  #written: string[] = [];

  constructor(load: Load, number: number) {
    this.#load = load;
    this.#name = `client${number}`;
    this.#own = `/projects/${this.#name}`;
    this.#shared = `/projects/shared${number % sharedProjects}`;
    this.#headers = { 'x-client-id': this.#name };
  }

  async work(until: number): Promise<void> {
    for (let n = 0; performance.now() < until; n += 1) {
      try {
        await this.#remember(`${this.#name}x${n}`);
        if (n % 4 === 0) await this.#sync(n);
        if (n % 4 === 2) await this.#takeTurn(n);
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        this.#load.gone += 1;
        await delay(50);
      }
    }
  }

  async #remember(word: string): Promise<void> {
    const load = this.#load;
    const content = `remember ${word} for later`;
    const { memory } = await load.call('store_memory', { content, tags: [this.#name] });
    load.stored.set(memory?.id, content);
    const { memories } = await load.call('search_memories', { query: `${word} remember`, limit: 3 });
    load.expect(
      memories?.[0]?.id === memory?.id,
      () => `${word} is not the first that a search for it finds`,
    );
  }

  async #sync(n: number): Promise<void> {
    const load = this.#load;
    const locked = await load.ask('POST', `${this.#own}/lock`, this.#headers);
    load.expect(locked.status === 200, () => `own lock: ${locked.status} ${JSON.stringify(locked.json)}`);
    const content = `${this.#name} ${n} ${'y'.repeat(n % 700)}`;
    this.#written.push(content);
    await this.#put(this.#own, content);
    this.#written = [content];
    await this.check();
    const released = await load.ask('DELETE', `${this.#own}/lock`, this.#headers);
    load.expect(released.status === 200, () => `release: ${released.status}`);
  }

  async #put(project: string, content: string): Promise<void> {
    const body = JSON.stringify({ content });
    const put = await this.#load.ask('PUT', `${project}/files/summary.md`, this.#headers, body);
    this.#load.expect(put.status === 200, () => `put: ${put.status} ${JSON.stringify(put.json)}`);
  }

  /** What nobody but this client writes holds what it wrote last. */
  async check(): Promise<void> {
    if (this.#written.length === 0) return;
    const { json } = await this.#load.ask('GET', `${this.#own}/files/summary.md`);
    this.#load.expect(
      this.#written.includes(json.content),
      () => `${this.#name} reads what it did not write`,
    );
  }

  /** Who has the lock writes, and reads what it wrote: nobody else has come in between. */
  async #takeTurn(n: number): Promise<void> {
    const load = this.#load;
    const { status, json } = await load.ask('POST', `${this.#shared}/lock`, this.#headers);
    load.expect(status === 200 || status === 409, () => `shared lock: ${status}`);
    if (status !== 200) {
      load.expect(json.lock?.clientId !== this.#name, () => `${this.#name} is locked out by itself`);
      return;
    }
    const content = `${this.#name} was here ${n}`;
    await this.#put(this.#shared, content);
    const got = await load.ask('GET', `${this.#shared}/files/summary.md`);
    load.expect(got.json.content === content, () => `${this.#name} had the lock, and somebody else wrote`);
    await this.release();
  }

  /** Ends its turn. A lock that was granted while the daemon was killed is known from the next answer only. */
  async release(): Promise<void> {
    const { status } = await this.#load.ask('DELETE', `${this.#shared}/lock`, this.#headers);
    this.#load.expect(status === 200 || status === 403, () => `release of a shared lock: ${status}`);
  }
}

async function lost(load: Load): Promise<string[]> {
  const ids = [...load.stored.keys()];
  const missing: string[] = [];
  const reader = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      const { memory } = await load.call('get_memory', { id });
      if (memory?.content !== load.stored.get(id)) missing.push(id);
    }
  };
  await Promise.all(Array.from({ length: 20 }, reader));
  return missing;
}

const memoryd = await ensureBuilt();
const posix = process.platform === 'win32' ? 'Windows hands no listening socket over' : false;

test(`${clients} clients for ${seconds} s, the daemon killed twice: no wrong answer, nothing acknowledged lost`, {
  skip: posix,
}, async (t) => {
  await using home = await HostHome.create({ daemon: { sync: { rateLimit: 0 } } });
  home.spawnCli(['--supervise'], {}, memoryd);
  let { endpoint } = await home.ready();
  const load = new Load(endpoint.port, readFileSync(home.paths.token, 'utf8').trim());
  t.after(() => load.end());
  const until = performance.now() + seconds * 1_000;
  const all = Array.from({ length: clients }, (_, number) => new Client(load, number));
  const working = all.map((client) => client.work(until));
  for (let kills = 0; kills < 2; kills += 1) {
    await delay((seconds * 1_000) / 3);
    process.kill(endpoint.pid, 'SIGKILL');
    ({ endpoint } = await home.ready(endpoint.nonce));
  }
  await Promise.all(working);
  const times = [...load.times];
  for (const [kind, some] of [['everything', times.flatMap(([, some]) => some)] as const, ...times]) {
    const sorted = some.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]?.toFixed(1);
    t.diagnostic(`${kind}: ${sorted.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
  t.diagnostic(`${load.stored.size} memories stored, ${load.gone} requests cut off by the kills`);
  assert.ok(load.gone > 0);
  for (const client of all) {
    await client.check();
    await client.release();
  }
  assert.deepEqual(load.wrong.slice(0, 5), []);
  assert.deepEqual(await lost(load), []);
  const late = { 'x-client-id': 'late' };
  for (let n = 0; n < sharedProjects; n += 1) {
    const { status } = await load.ask('POST', `/projects/shared${n}/lock`, late);
    assert.equal(status, 200, 'a lock has outlived its holder');
  }
  const { counters, restarts } = (await home.ready()).report;
  assert.equal(restarts, 2);
  assert.ok(Number(counters.memories) >= load.stored.size);
});
