// Stands in for the programs of known daemons, each with the flags, the addresses and the habits that its adapter counts on.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const [, program = '', ...args] = process.argv;
const name = basename(program);
const home = process.env.HOME ?? '';

function flag(wanted: string): string {
  const value = args[args.indexOf(wanted) + 1];
  if (!args.includes(wanted) || value === undefined) {
    process.stderr.write(`${name}: ${wanted} is missing in ${args.join(' ')}\n`);
    process.exit(2);
  }
  return value;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Answers by exact path; everything else is 404. */
function paths(table: Record<string, object>): Handler {
  return (request, response) => {
    const body = table[request.url ?? ''];
    json(response, body === undefined ? 404 : 200, body ?? { error: 'not found' });
  };
}

/** Sessions that nobody deletes stay: the count is told, so that a test sees what probing leaves behind. */
const sessions = new Set<string>();
function mcp(path: string): Handler {
  return (request, response) => {
    if (request.url === '/sessions') return json(response, 200, { open: sessions.size });
    if (request.url !== path) return json(response, 404, { error: 'not found' });
    const id = request.headers['mcp-session-id'];
    if (request.method === 'DELETE') {
      sessions.delete(String(id));
      response.writeHead(200).end();
      return;
    }
    const fresh = `s${Math.random()}`;
    sessions.add(fresh);
    const result = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name, version: '1' } };
    // As a stream that stays open, which is allowed, and which a probe must not wait for.
    response.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': fresh });
    response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result })}\n\n`);
  };
}

interface Wish {
  port: number;
  host?: string;
  slowMs?: number;
  /** What to do when somebody has the port. */
  onTaken?: () => void;
}

function serve(handler: Handler, { port, host = '127.0.0.1', slowMs = 0, onTaken }: Wish): void {
  const server = createServer(handler);
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && onTaken !== undefined) return onTaken();
    throw error;
  });
  setTimeout(() => server.listen(port, host), slowMs);
}

/** Longer than any test looks: what outlives its parent does not outlive a test that was cut off for long. */
const lastMs = 300_000;

/** A child that outlives its parent unless somebody ends it. */
function helper(): void {
  spawn(process.execPath, ['-e', `setTimeout(() => {}, ${lastMs})`], { stdio: 'ignore', detached: true });
}

const peers: Record<string, () => void> = {
  'memtomem-server'() {
    if (flag('--transport') !== 'streamable-http' || flag('--host') !== '127.0.0.1') process.exit(2);
    serve(mcp('/mcp'), { port: Number(flag('--port')), slowMs: 400 });
  },
  // claude-mem's worker: `bun worker-service.cjs --daemon`
  bun() {
    const port = Number(process.env.CLAUDE_MEM_WORKER_PORT);
    const answer = paths({ '/api/health': { status: 'ok' }, '/api/readiness': { ready: true } });
    const handler: Handler = (request, response) => {
      if (request.url !== '/api/admin/shutdown' || request.method !== 'POST')
        return answer(request, response);
      json(response, 200, {});
      writeFileSync(join(home, 'shutdown-asked'), '');
      setTimeout(() => process.exit(0), 20);
    };
    process.on('SIGTERM', () => process.exit(9));
    // It has its port long before it can be used, as while it makes its index.
    const warmMs = Number(process.env.WARM_MS ?? 0);
    const readyAt = performance.now() + warmMs;
    const warming: Handler = (_request, response) => json(response, 503, { status: 'starting' });
    const current: Handler = (request, response) =>
      (performance.now() < readyAt ? warming : handler)(request, response);
    serve(current, { port, onTaken: () => process.exit(0) });
  },
  'memory-mcp'() {
    if (args[0] === 'warmup') return writeFileSync(join(home, 'warmed-up'), '');
    const [host, port] = flag('--bind').split(':');
    const repository = flag('--repo-path');
    // Its index is written when it is asked to end, and not before.
    process.once('SIGTERM', () => {
      setTimeout(() => {
        mkdirSync(repository, { recursive: true });
        writeFileSync(join(repository, 'index'), '');
        process.exit(0);
      }, 300);
    });
    serve(paths({ '/healthz': {}, '/readyz': { checks: [] }, '/version': {} }), {
      host: host as string,
      port: Number(port),
    });
  },
  // graphiti's bootstrap starts the server that listens, and is not it.
  python() {
    if (args.join(' ') !== '-m mcp_server.daemon.bootstrap') process.exit(2);
    const listen = `require('net').createServer().listen(8321, '127.0.0.1'); setTimeout(process.exit, ${lastMs}, 0)`;
    spawn(process.execPath, ['-e', listen], { stdio: 'inherit' });
    setInterval(() => undefined, 1000);
  },
  uv() {
    if (args[0] !== 'run' || flag('--transport') !== 'http') process.exit(2);
    serve(paths({ '/health': { status: 'healthy', service: 'graphiti-mcp' } }), {
      port: Number(flag('--port')),
      host: flag('--host'),
    });
  },
  'mneme-server.mjs'() {
    const { port } = JSON.parse(readFileSync(join(home, '.mneme-server', 'config.json'), 'utf8')) as {
      port: number;
    };
    serve(paths({ '/health': { status: 'ok', version: '1', authRequired: false } }), {
      port,
      host: '0.0.0.0',
    });
  },
  memory() {
    if (args.join(' ') !== 'server --http') process.exit(2);
    const { MCP_HTTP_PORT, MCP_HTTP_HOST = '0.0.0.0' } = process.env;
    serve(paths({ '/api/health': { status: 'healthy' } }), {
      port: Number(MCP_HTTP_PORT ?? 8000),
      host: MCP_HTTP_HOST,
    });
  },
  bm() {
    serve(mcp('/mcp'), { port: Number(flag('--port')), host: flag('--host') });
  },
  serena() {
    helper();
    serve(mcp('/mcp'), { port: Number(flag('--port')), host: flag('--host') });
  },
  chroma() {
    flag('--path');
    serve(paths({ '/api/v2/heartbeat': { 'nanosecond heartbeat': 1 } }), {
      port: Number(flag('--port')),
      host: flag('--host'),
    });
  },
};

if (args[0] === '--version') process.stdout.write(`${name} 1.2.3\n`);
else (peers[name] ?? (() => process.exit(2)))();
