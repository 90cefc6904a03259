// What a load test asks, how long each answer took, and what was wrong with it.
import { Agent, request } from 'node:http';

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'load', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** The daemon went away before it answered: whether it did what was asked is not known. */
export class Gone extends Error {}

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they come
  json: any;
}

/** What all clients share: their connections, what they were told, and what was wrong with it. */
export class Workload {
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

  /** What is not there any more, or not as it was acknowledged, by id. */
  async lost(): Promise<string[]> {
    const ids = [...this.stored.keys()];
    const missing: string[] = [];
    const reader = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const { memory } = await this.call('get_memory', { id });
        if (memory?.content !== this.stored.get(id)) missing.push(id);
      }
    };
    await Promise.all(Array.from({ length: 20 }, reader));
    return missing;
  }

  /** How long answers took, all together and by what was asked, a line each. */
  report(): string[] {
    const kinds: [string, number[]][] = [...this.times];
    const everything = kinds.flatMap(([, times]) => times);
    return [['everything', everything] as const, ...kinds].map(([kind, times]) => {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number) => `${sorted[Math.floor(sorted.length * share)]?.toFixed(1)} ms`;
      return `${kind}: ${sorted.length} answers, p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1 - 1e-9)}`;
    });
  }

  end(): void {
    this.#agent.destroy();
  }
}
