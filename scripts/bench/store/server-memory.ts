import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createStore } from '../../../src/daemon/store/index.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { token } from '../../../test/support/daemon.ts';
import { type Corpus, createCorpus } from '../corpus.ts';
import type { Table } from '../result.ts';
import { inTurns } from '../statistics.ts';

const peerProgram = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-memory/dist/index.js',
);
const ourProgram = join(import.meta.dirname, '..', '..', '..', 'test', 'support', 'daemon-process.ts');

/** Writes the file of the other server, with an entity for each memory. */
async function writeGraph(path: string, corpus: Corpus, size: number): Promise<void> {
  const lines = Array.from({ length: size }, (_, n) => {
    const { title, content } = corpus.memory(n);
    return JSON.stringify({
      type: 'entity',
      name: `${title} ${n}`,
      entityType: 'memory',
      observations: [content],
    });
  });
  await writeFile(path, lines.join('\n'));
}

function fill(dataDir: string, corpus: Corpus, size: number): void {
  const store = createStore(dataDir, systemClock, () => undefined);
  for (let first = 0; first < size; first += 1000) {
    store.import(Array.from({ length: Math.min(1000, size - first) }, (_, n) => corpus.memory(first + n)));
  }
  store.close();
}

/** Returns a function that calls one tool, measures it, and throws if the tool fails. */
function caller(client: Client, name: string, argumentsOf: () => Record<string, unknown>) {
  return async (): Promise<number> => {
    const started = performance.now();
    const { isError, content } = await client.callTool({ name, arguments: argumentsOf() });
    if (isError) throw new Error(`${name}: ${JSON.stringify(content)}`);
    return performance.now() - started;
  };
}

/** Measures both servers in their own processes. The official client uses the transport of each. */
export async function measureBesideServerMemory(size: number): Promise<Table> {
  const directory = await mkdtemp(join(tmpdir(), 'memoryd-peer-'));
  const corpus = createCorpus();
  const dataDir = join(directory, 'data');
  const graph = join(directory, 'graph.jsonl');
  await writeGraph(graph, corpus, size);
  fill(dataDir, corpus, size);
  const args = ['--disable-warning=ExperimentalWarning', ourProgram, dataDir];
  const daemon = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ours = new Client({ name: 'bench', version: '1' });
  const peer = new Client({ name: 'bench', version: '1' });
  try {
    const [port] = await once(daemon.stdout, 'data');
    const headers = { authorization: `Bearer ${token}` };
    const url = new URL(`http://127.0.0.1:${String(port).trim()}/mcp`);
    await ours.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    await peer.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [peerProgram],
        env: { MEMORY_FILE_PATH: graph },
        stderr: 'ignore',
      }),
    );
    let n = size;
    const next = () => {
      n += 1;
      return n;
    };
    const word = () => corpus.rareWord(next());
    const entity = () => {
      const { title, content } = corpus.memory(next());
      return { entities: [{ name: `${title} ${n}`, entityType: 'memory', observations: [content] }] };
    };
    const rows = await inTurns(30, [
      { name: 'search, server-memory', measure: caller(peer, 'search_nodes', () => ({ query: word() })) },
      {
        name: 'search, memoryd',
        over: 'search, server-memory',
        measure: caller(ours, 'search_memories', () => ({ query: word(), limit: 10 })),
      },
      { name: 'store one, server-memory', measure: caller(peer, 'create_entities', entity) },
      {
        name: 'store one, memoryd',
        over: 'store one, server-memory',
        measure: caller(ours, 'store_memory', () => {
          const { title, content } = corpus.memory(next());
          return { title, content };
        }),
      },
    ]);
    return { title: `${size.toLocaleString('en')} memories, over MCP`, unit: 'ms', rows };
  } finally {
    await Promise.allSettled([ours.close(), peer.close()]);
    // It ends when its standard input is closed.
    daemon.stdin.end();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
