import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createStore } from '../../../src/daemon/store/index.ts';
import { words } from '../../../src/daemon/store/text.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { PlainFts } from '../store/plain-fts.ts';
import { asked } from './score.ts';

export interface Turn {
  id: string;
  content: string;
}

/** A system that is asked questions. Each conversation is searched alone. */
export interface System {
  name: string;
  /** Stores the turns of a conversation, in order. */
  store(conversation: string, turns: readonly Turn[]): void | Promise<void>;
  /** Resolves when everything that was stored is indexed. */
  settle(): Promise<void>;
  /** The ids of the best turns, best first. */
  find(conversation: string, question: string): string[] | Promise<string[]>;
  close(): void | Promise<void>;
}

/** Our store. With `threads`, it knows that the turns of a conversation belong together. */
export function memoryd(directory: string, threads: boolean): System {
  const store = createStore(directory, systemClock, () => undefined);
  return {
    name: threads ? 'memoryd, with threads' : 'memoryd',
    store(project, turns) {
      const thread = threads ? project : undefined;
      store.import(turns.map((turn) => ({ ...turn, title: null, tags: [], project, thread })));
    },
    settle: () => store.settle(),
    find: (project, question) =>
      store.search(question, { filter: { project }, limit: asked }).map(({ id }) => id),
    close: () => store.close(),
  };
}

/** FTS5, with a table for each conversation. */
export function fts5(directory: string, tokenizer: 'unicode61' | 'porter'): System {
  const tables = new Map<string, { table: PlainFts; turns: readonly Turn[] }>();
  return {
    name: tokenizer === 'porter' ? 'FTS5 with stems' : 'plain FTS5',
    store(conversation, turns) {
      const table = new PlainFts(join(directory, conversation), tokenizer);
      tables.set(conversation, { table, turns });
      table.import(
        0,
        turns.map(({ content }) => ({ id: '', title: '', tags: [], project: '', content })),
      );
    },
    settle: () => Promise.resolve(),
    find(conversation, question) {
      const { table, turns } = tables.get(conversation) as { table: PlainFts; turns: readonly Turn[] };
      return table.search(words(question).join(' '), asked).map((n) => (turns[n] as Turn).id);
    },
    close() {
      for (const { table } of tables.values()) table.close();
    },
  };
}

const peerProgram = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-memory/dist/index.js',
);

async function startPeer(graph: string): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1' });
  const env = { MEMORY_FILE_PATH: graph };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [peerProgram], env, stderr: 'ignore' }),
  );
  return client;
}

/**
 * server-memory, with a graph for each conversation. It finds entities that contain the whole query. `word by word` asks
 * for each word of the question; a word that finds few entities counts more.
 */
export function serverMemory(directory: string, how: 'whole question' | 'word by word'): System {
  const clients = new Map<string, Client>();

  async function search(conversation: string, query: string): Promise<string[]> {
    const client = clients.get(conversation) as Client;
    const { structuredContent } = await client.callTool({ name: 'search_nodes', arguments: { query } });
    return (structuredContent as { entities: { name: string }[] }).entities.map(({ name }) => name);
  }

  return {
    name: `server-memory, ${how}`,
    async store(conversation, turns) {
      mkdirSync(directory, { recursive: true });
      const graph = join(directory, `${conversation}.jsonl`);
      const entity = ({ id, content }: Turn) =>
        JSON.stringify({ type: 'entity', name: id, entityType: 'turn', observations: [content] });
      writeFileSync(graph, turns.map(entity).join('\n'));
      clients.set(conversation, await startPeer(graph));
    },
    settle: () => Promise.resolve(),
    async find(conversation, question) {
      if (how === 'whole question') return (await search(conversation, question)).slice(0, asked);
      const weights = new Map<string, number>();
      for (const word of new Set(words(question))) {
        const found = await search(conversation, word);
        for (const id of found) weights.set(id, (weights.get(id) ?? 0) + 1 / found.length);
      }
      const best = [...weights].toSorted(([, a], [, b]) => b - a);
      return best.slice(0, asked).map(([id]) => id);
    },
    async close() {
      for (const client of clients.values()) await client.close();
    },
  };
}
