import { readFile } from 'node:fs/promises';
import { freePort } from '../../../test/support/host-home.ts';
import { type Answers, type Asked, underClients } from '../clients.ts';
import { createCorpus } from '../corpus.ts';
import { answerProgram, firstAnswer, startCommand } from '../processes.ts';
import type { Row, Section } from '../result.ts';
import { withStage } from '../stage.ts';
import { compared, rowOf } from '../statistics.ts';

const clients = 200;
const forMs = 10_000;

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

const health: Asked = { kind: 'GET /health', method: 'GET', path: '/health' };

function toolCall(token: string, name: string, args: Record<string, unknown>): Asked {
  return {
    kind: name,
    method: 'POST',
    path: '/mcp',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: args, _meta: meta },
    }),
  };
}

/** Typical requests of agents: of ten requests, five search, two store, two list, one checks health. */
function mixed(token: string): (client: number, n: number) => Asked {
  const corpus = createCorpus();
  return (client, n) => {
    const number = client * 10_000 + n;
    const turn = n % 10;
    if (turn < 5) {
      const query = turn === 0 ? corpus.question(number, 8) : corpus.rareWord(number);
      return toolCall(token, 'search_memories', { query, limit: 10 });
    }
    if (turn < 7) {
      const { title, content, tags } = corpus.memory(number);
      return toolCall(token, 'store_memory', { title, content, tags });
    }
    return turn < 9 ? toolCall(token, 'list_memories', { limit: 10 }) : health;
  };
}

function rate(who: string, { times, seconds }: Answers): string {
  const answers = [...times.values()].reduce((sum, all) => sum + all.length, 0);
  return `${who}: ${Math.round(answers / seconds).toLocaleString('en')} answers per second`;
}

export const http: Section = {
  name: 'http',
  about: `${clients} clients that store, search and list at once, beside a bare HTTP server`,
  run: () =>
    withStage(async (stage) => {
      const barePort = await freePort();
      const { child } = startCommand([stage.node, answerProgram, String(barePort)]);
      try {
        await firstAnswer(barePort);
        stage.run(...stage.installArgv().slice(2));
        const token = (await readFile(stage.paths().token, 'utf8')).trim();
        const bare = await underClients(barePort, clients, forMs / 2, () => health);
        const ours = await underClients(stage.port, clients, forMs, mixed(token));
        const base: Row = rowOf('a bare server', bare.times.get(health.kind) ?? []);
        const rows = [...ours.times].map(([kind, times]) => compared(rowOf(kind, times), [base], base.name));
        const title = `${clients} clients, on ${stage.backend}`;
        return [
          { title, unit: 'ms', rows: [base, ...rows], notes: [rate('bare', bare), rate('memoryd', ours)] },
        ];
      } finally {
        child.kill('SIGKILL');
      }
    }),
};
