import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../test/support/host-home.ts';
import { until } from '../../../test/support/until.ts';
import { startCommand } from '../processes.ts';
import type { Row, Section } from '../result.ts';
import { withStage } from '../stage.ts';
import { compared, rowOf } from '../statistics.ts';
import { usageOf } from '../usage.ts';

const atOnce = 1_000;
/** The number of rounds of a thousand sessions. What one thousand adds is small compared with uncollected garbage. */
const rounds = 5;
const settleMs = 3_000;

const peer = 'server-everything';
const ours = 'memoryd';

/** A server of the 2025 protocol versions, and its process. */
interface Server {
  url: string;
  pid: number;
  headers: Record<string, string>;
}

const headers = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

async function post(server: Server, message: object, session?: string): Promise<Response> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      ...headers,
      ...server.headers,
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  });
  await response.text();
  return response;
}

/** Opens a session as clients do, and lists its tools. Returns the session id, or undefined if any of this failed. */
async function open(server: Server): Promise<string | undefined> {
  const clientInfo = { name: 'bench', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const opened = await post(server, { id: 1, method: 'initialize', params });
  const id = opened.headers.get('mcp-session-id') ?? undefined;
  if (!opened.ok || id === undefined) return undefined;
  const told = await post(server, { method: 'notifications/initialized' }, id);
  const listed = await post(server, { id: 2, method: 'tools/list' }, id);
  return told.ok && listed.ok ? id : undefined;
}

/** Measures the kilobytes per session for each thousand, and counts failed requests. */
async function measure(server: Server): Promise<{ perSession: number[]; failed: number }> {
  await until('it opens sessions', () => open(server));
  await delay(settleMs);
  const ids: string[] = [];
  const perSession: number[] = [];
  let failed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const before = usageOf(server.pid).uss;
    for (let n = 0; n < atOnce; n += 1) {
      const id = await open(server);
      if (id === undefined) failed += 1;
      else ids.push(id);
    }
    await delay(settleMs);
    perSession.push(((usageOf(server.pid).uss - before) * 1024) / atOnce);
  }
  for (const id of ids) {
    if (!(await post(server, { id: 3, method: 'tools/list' }, id)).ok) failed += 1;
  }
  return { perSession, failed };
}

export const sessions: Section = {
  name: 'sessions',
  about: `${atOnce.toLocaleString('en')} open sessions, and as many again: memory for each, beside the MCP reference server`,
  run: () =>
    withStage(async (stage) => {
      const limits = ['--max-sessions', '0', '--session-rate-limit', '0'];
      stage.run(...stage.installArgv().slice(2), ...limits);
      const token = (await readFile(stage.paths().token, 'utf8')).trim();
      const { endpoint } = stage.status();
      if (endpoint === null) throw new Error('nothing answers');
      const port = await freePort();
      const program = createRequire(import.meta.url).resolve(
        '@modelcontextprotocol/server-everything/dist/index.js',
      );
      const { child } = startCommand([stage.node, program, 'streamableHttp'], {
        env: { PATH: process.env.PATH, PORT: String(port) },
      });
      try {
        const mine = await measure({
          url: `${endpoint.url}/mcp`,
          pid: endpoint.pid,
          headers: { authorization: `Bearer ${token}` },
        });
        const theirs = await measure({
          url: `http://127.0.0.1:${port}/mcp`,
          pid: child.pid as number,
          headers: {},
        });
        const base = rowOf(peer, theirs.perSession);
        const rows: Row[] = [base, compared(rowOf(ours, mine.perSession), [base], peer)];
        const all = (rounds * atOnce).toLocaleString('en');
        const notes = [`${ours}: ${mine.failed} of ${all} sessions failed`, `${peer}: ${theirs.failed}`];
        const targets = [{ what: 'failed requests of memoryd', limit: 0, seen: mine.failed }];
        return [{ title: 'memory for each open session', unit: 'KB', rows, targets, notes }];
      } finally {
        child.kill('SIGKILL');
      }
    }, 'standalone'),
};
