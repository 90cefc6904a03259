import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Cli } from './cli.ts';
import { needsFetched, supergateway } from './fetched-peers.ts';
import { isOpenToAll, repository } from './lab.ts';
import { missingTools, type Skip } from './machine-needs.ts';

const node = '/usr/bin/node';
const modules = join(repository, 'node_modules', '@modelcontextprotocol');
const everything = join(modules, 'server-everything', 'dist', 'index.js');
const memory = join(modules, 'server-memory', 'dist', 'index.js');
const needsModules: Skip =
  missingTools([node]) || ((await isOpenToAll(memory)) ? false : 'the checkout is closed to other users');

/** A real daemon of other people, and how it is installed. */
export interface Peer {
  name: string;
  skip: Skip;
  install: readonly string[];
  /** Throws unless the right one answers. */
  use(cli: Cli, url: string): Promise<void>;
  /** What it says itself of the processes that came of it. */
  pids?(url: string): Promise<number[]>;
}

async function mcpTools(url: string, token?: string): Promise<string[]> {
  const client = new Client({ name: 'test', version: '1' });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

/** One child in its group, and one that leaves group, session and parent, as daemons do: `GET /` tells all the pids. */
const scattering = `
import http.server, json, os, signal, sys, time
def child(leaves):
    r, w = os.pipe()
    if os.fork() == 0:
        if leaves:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(w, str(os.getpid()).encode())
        os.close(w)
        time.sleep(3600)
    os.close(w)
    return int(os.read(r, 20))
pids = [os.getpid(), child(False), child(True)]
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(pids).encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
`;
const scatteringPids = async (url: string) => (await (await fetch(url)).json()) as number[];

/** How python's http.server is installed. */
export const httpServer = [
  ...['--probe', 'http:/', '--'],
  ...['/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1', '{port}'],
];

export const peers: Peer[] = [
  {
    name: 'a daemon whose children leave it',
    skip: missingTools(['/usr/bin/python3']),
    install: ['--probe', 'http:/', '--', '/usr/bin/python3', '-c', scattering, '{port}'],
    use: async (_cli, url) => assert.equal((await scatteringPids(url)).length, 3),
    pids: scatteringPids,
  },
  {
    name: 'python’s http.server',
    skip: missingTools(['/usr/bin/python3']),
    install: httpServer,
    use: async (_cli, url) => assert.equal((await fetch(url)).status, 200),
  },
  {
    name: 'redis, which forks',
    skip: missingTools(['/usr/bin/redis-server']),
    install: ['--', '/usr/bin/redis-server', '--port', '{port}', '--bind', '127.0.0.1', '--dir', '{dataDir}'],
    async use(_cli, url) {
      const { createConnection } = await import('node:net');
      const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
      socket.write('SET a 1\r\nBGSAVE\r\nQUIT\r\n');
      let said = '';
      for await (const chunk of socket) said += String(chunk);
      assert.match(said, /^\+OK\r\n\+Background saving started/);
    },
  },
  {
    name: 'server-everything over Streamable HTTP',
    skip: needsModules,
    install: ['--env', 'PORT={port}', '--probe', 'mcp:/mcp', '--', node, everything, 'streamableHttp'],
    use: async (_cli, url) => assert.ok((await mcpTools(url)).includes('echo')),
  },
  {
    name: 'server-memory behind supergateway',
    skip: needsModules || (await needsFetched(supergateway)),
    install: [
      ...['--probe', 'mcp:/mcp', '--', node, supergateway, '--stdio', `${node} ${memory}`],
      ...['--outputTransport', 'streamableHttp', '--port', '{port}'],
    ],
    use: async (_cli, url) => assert.ok((await mcpTools(url)).includes('create_entities')),
  },
  {
    name: 'server-memory, by its adapter, over the bridge',
    skip: needsModules,
    install: ['--adapter', 'server-memory', '--', node, memory],
    async use(cli, url) {
      const token = readFileSync((await cli.status('peer')).paths.token, 'utf8').trim();
      assert.ok((await mcpTools(url, token)).includes('create_entities'));
    },
  },
];
