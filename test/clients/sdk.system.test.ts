// Clients of the TypeScript SDK, old and new, whose daemon is killed and upgraded: none of them opens a second session
// by itself (N37).
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from 'sdk-1/client/index.js';
import { StdioClientTransport as Stdio1 } from 'sdk-1/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from 'sdk-1/client/streamableHttp.js';
import { Client as Client110 } from 'sdk-1.10/client/index.js';
import { StdioClientTransport as Stdio110 } from 'sdk-1.10/client/stdio.js';
import { StreamableHTTPClientTransport as Http110 } from 'sdk-1.10/client/streamableHttp.js';
import { Client as Client120 } from 'sdk-1.20/client/index.js';
import { StdioClientTransport as Stdio120 } from 'sdk-1.20/client/stdio.js';
import { StreamableHTTPClientTransport as Http120 } from 'sdk-1.20/client/streamableHttp.js';
import { type Cli, rebuild } from '../support/cli.ts';
import { pidOf, tokenOf } from '../support/installed.ts';
import { type Environment, withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

const skip = process.platform === 'win32' ? 'Windows has no standalone backend' : false;

/** What the versions have in common. */
interface AnyClient {
  connect(transport: never): Promise<void>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

const info = { name: 'sdk', version: '1' };

const versions: [name: string, make: () => AnyClient, Http: typeof Http1, Stdio: typeof Stdio1][] = [
  ['1.10', () => new Client110(info), Http110 as never, Stdio110 as never],
  ['1.20', () => new Client120(info), Http120 as never, Stdio120 as never],
  ['latest 1.x', () => new Client1(info), Http1, Stdio1],
  [
    '2.x, 2025 versions',
    () => new Client(info, { versionNegotiation: { mode: 'legacy' } }),
    StreamableHTTPClientTransport as never,
    StdioClientTransport as never,
  ],
  [
    '2.x, 2026-07-28',
    () => new Client(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
    StreamableHTTPClientTransport as never,
    StdioClientTransport as never,
  ],
];

interface Connected {
  name: string;
  client: AnyClient;
}

/** Each version, over HTTP and through the bridge. */
async function connectAll(t: TestContext, cli: Cli, env: Environment, home: string): Promise<Connected[]> {
  const { endpoint } = await cli.status();
  const url = new URL('/mcp', endpoint?.url);
  const headers = { authorization: `Bearer ${await tokenOf(cli)}` };
  const bridge = {
    command: process.execPath,
    args: [cli.entry, 'bridge', 'memory'],
    env: { ...env },
    cwd: home,
  };
  return await Promise.all(
    versions.flatMap(([version, make, Http, Stdio]) =>
      (['http', 'bridge'] as const).map(async (way) => {
        const client = make();
        t.after(() => client.close());
        const transport = way === 'http' ? new Http(url, { requestInit: { headers } }) : new Stdio(bridge);
        await client.connect(transport as never);
        return { name: `${version}, ${way}`, client };
      }),
    ),
  );
}

async function allFind(clients: Connected[], when: string): Promise<void> {
  for (const { name, client } of clients) {
    const found = await client.callTool({ name: 'search_memories', arguments: { query: `"${name}"` } });
    assert.match(JSON.stringify(found), /was here/, `${name}, ${when}`);
  }
}

test('N37: clients of every SDK go on after kill -9 and after an upgrade', { skip }, (t) =>
  withStandaloneHome(async (cli, home, env) => {
    await cli.must(['install', '--backend', 'standalone', '--no-login']);
    const clients = await connectAll(t, cli, env, home);
    for (const { name, client } of clients) {
      await client.callTool({ name: 'store_memory', arguments: { content: `${name} was here` } });
    }
    await allFind(clients, 'before anything');

    const killed = await pidOf(cli);
    process.kill(killed, 'SIGKILL');
    await until('it is back', async () => {
      const now = await cli.status();
      return now.healthy && now.endpoint?.pid !== killed;
    });
    await allFind(clients, 'after kill -9');

    await rebuild(dirname(dirname(cli.entry)), 'feedface');
    await cli.must(['install']);
    assert.equal((await cli.status()).endpoint?.build, 'feedface');
    await allFind(clients, 'after an upgrade');
  }),
);
