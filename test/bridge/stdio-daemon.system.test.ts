import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Client, type ClientCapabilities, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { markerOf, treeSize } from '../support/external-home.ts';
import { get, HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';
const bin = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');

/** A home that hosts the real server-memory, found through the search path of its environment. */
async function memoryHome(definition: Record<string, unknown> = {}): Promise<HostHome> {
  const home = await HostHome.create({ adapter: 'server-memory', ...definition });
  home.env.PATH = `${bin}:${home.env.PATH}`;
  return home;
}

async function connect(
  t: TestContext,
  home: HostHome,
  mode: 'legacy' | { pin: string } = 'legacy',
  capabilities: ClientCapabilities = {},
): Promise<Client> {
  const { endpoint } = await home.ready();
  const headers = { authorization: `Bearer ${readFileSync(home.paths.token, 'utf8').trim()}` };
  const client = new Client({ name: 'test', version: '1' }, { capabilities, versionNegotiation: { mode } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', endpoint.url), { requestInit: { headers } }),
  );
  t.after(() => client.close());
  return client;
}

const remember = (client: Client, name: string) =>
  client.callTool({
    name: 'create_entities',
    arguments: { entities: [{ name, entityType: 'test', observations: ['it was here'] }] },
  });

async function names(client: Client): Promise<string[]> {
  const { structuredContent } = await client.callTool({ name: 'read_graph', arguments: {} });
  return (structuredContent as { entities: { name: string }[] }).entities.map(({ name }) => name).sort();
}

describe('server-memory behind the host', { skip: linux, concurrency: 2 }, () => {
  it('is one server to clients of every era, and keeps its file in the service’s data directory', async (t) => {
    await using home = await memoryHome();
    home.spawn();
    const old = await connect(t, home);
    const modern = await connect(t, home, { pin: '2026-07-28' });
    assert.equal(old.getServerVersion()?.name, modern.getServerVersion()?.name);
    await remember(old, 'from-2025');
    await remember(modern, 'from-2026');
    assert.deepEqual(await names(old), ['from-2025', 'from-2026']);
    assert.match(readFileSync(join(home.paths.data, 'memory.jsonl'), 'utf8'), /from-2026/);
  });

  it('loses nothing when many clients write at once', async (t) => {
    await using home = await memoryHome();
    home.spawn();
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(t, home)));
    await Promise.all(clients.map((client, i) => remember(client, `entity-${i}`)));
    assert.equal((await names(clients[0] as Client)).length, 8);
  });

  it('lets nobody in without the token, nor by another name', async () => {
    await using home = await memoryHome();
    home.spawn();
    await home.ready();
    assert.equal((await get(home.port, '/mcp')).status, 401);
    assert.equal((await get(home.port, '/health', { host: 'evil.example' })).status, 403);
  });

  it('goes on with its sessions when the server behind it crashed', async (t) => {
    await using home = await memoryHome();
    home.spawn();
    const client = await connect(t, home);
    await remember(client, 'before');
    const { report } = await home.ready();
    process.kill(report.foreign?.pid as number, 'SIGKILL');
    const again = await until('it answers again', async () => {
      const state = await home.find();
      const pid = state.kind === 'live' ? state.report.foreign?.pid : undefined;
      return state.kind === 'live' && state.report.foreign?.ready && pid !== report.foreign?.pid
        ? state
        : undefined;
    });
    assert.equal(again.report.foreign?.restarts, 1);
    assert.deepEqual(await names(client), ['before']);
  });

  it('ends with its input, and leaves nobody', async () => {
    await using home = await memoryHome();
    const host = home.spawn();
    const { report } = await home.ready();
    const marker = markerOf(report.foreign?.pid as number);
    host.kill('SIGTERM');
    await once(host, 'exit');
    assert.equal(await treeSize(home, marker), 0);
  });
});

describe('server-everything behind the host', { skip: linux }, () => {
  it('tells of progress, passes errors on, and says what it says to everybody', async (t) => {
    await using home = await HostHome.create({
      command: [join(bin, 'mcp-server-everything')],
      transport: 'stdio',
    });
    home.spawn();
    const client = await connect(t, home);
    const seen: number[] = [];
    const name = 'trigger-long-running-operation';
    await client.callTool(
      { name, arguments: { duration: 0.3, steps: 3 } },
      { onprogress: ({ progress }) => void seen.push(progress) },
    );
    assert.deepEqual(seen, [1, 2, 3]);
    await assert.rejects(client.readResource({ uri: 'no-such-thing://x' }), /no-such-thing/);
  });

  it('N42: asks the client that waits, if its client can answer, and tells the others', async (t) => {
    await using home = await HostHome.create({
      command: [join(bin, 'mcp-server-everything')],
      transport: 'stdio',
    });
    home.spawn();
    const able = await connect(t, home, 'legacy', { sampling: {}, elicitation: {} });
    able.setRequestHandler('sampling/createMessage', async ({ params }) => ({
      role: 'assistant',
      model: 'a stand-in',
      content: { type: 'text', text: `asked for ${params.maxTokens} tokens` },
    }));
    able.setRequestHandler('elicitation/create', async () => ({ action: 'decline' }));
    const sample = { name: 'trigger-sampling-request', arguments: { prompt: 'x', maxTokens: 7 } };
    assert.match(JSON.stringify(await able.callTool(sample)), /asked for 7 tokens/);
    const elicit = { name: 'trigger-elicitation-request', arguments: {} };
    assert.match(JSON.stringify(await able.callTool(elicit)), /declined/);
    const unable = await connect(t, home);
    const refused = await unable.callTool(sample);
    assert.match(JSON.stringify(refused), /no waiting client supports sampling\/createMessage/);
  });

  it('listens by itself where it can, found by an MCP handshake', async (t) => {
    const command = [join(bin, 'mcp-server-everything'), 'streamableHttp'];
    const probe = { kind: 'mcp', path: '/mcp' };
    await using home = await HostHome.create({ command, environment: { PORT: '{port}' }, probe });
    home.spawn();
    const { endpoint } = await home.ready();
    assert.equal(endpoint.foreign, true);
    const client = new Client({ name: 'test', version: '1' });
    t.after(() => client.close());
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', endpoint.url)));
    assert.ok((await client.listTools()).tools.length > 0);
  });
});
