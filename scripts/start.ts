// `npm start`: builds, installs the service for this user, waits until it answers, stores and recalls a memory through
// a real MCP client, and prints how to connect. It can be run again.
import { spawnSync } from 'node:child_process';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { thisMachine } from '../src/install/this-machine.ts';
import { awaitOwnDaemon } from '../src/runtime/own-daemon.ts';
import { ensureBuilt } from './cli.ts';

const entry = await ensureBuilt();

function memoryd(args: string[], capture = false): string {
  const result = spawnSync(process.execPath, [entry, ...args], {
    stdio: ['inherit', capture ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
  });
  // The exit codes 3 and 4 of `status` are answers, not failures.
  if (![0, 3, 4].includes(result.status ?? 1)) process.exit(result.status ?? 1);
  return result.stdout ?? '';
}

interface Status {
  services: { endpoint: { url: string }; paths: { token: string } }[];
}

memoryd(['install']);
const [service] = (JSON.parse(memoryd(['status', 'memory', '--json'], true)) as Status).services;
if (service?.endpoint == null) throw new Error('installed, but no endpoint');
const url = new URL('/mcp', service.endpoint.url);
const { system, roots } = thisMachine();
const daemon = await awaitOwnDaemon(system, roots, 'memory', 5000);
if (daemon.client === undefined) throw new Error('"memory" is a daemon that memoryd does not serve');

const client = new Client({ name: 'memoryd-start', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(daemon.url, { fetch: daemon.client.fetch });
await client.connect(transport);
const content = 'npm start stored this memory to see that it can be recalled';
const found = () => client.callTool({ name: 'search_memories', arguments: { query: content, limit: 1 } });
if (!JSON.stringify(await found()).includes(content)) {
  await client.callTool({ name: 'store_memory', arguments: { content, tags: ['first-run'] } });
}
if (!JSON.stringify(await found()).includes(content)) throw new Error('a stored memory was not recalled');
// If the client only closed its connection, the session would stay open until the idle timeout.
await transport.terminateSession();
await client.close();
daemon.client.close();
console.error('stored and recalled a memory over MCP\n');

memoryd(['status', 'memory']);
console.error(`
connect an MCP client:
  url    ${url.href}
  header Authorization: Bearer <the token in ${service.paths.token}>
for example:
  claude mcp add --transport http memory ${url.href} --header "Authorization: Bearer $(cat ${service.paths.token})"
the CLI from this checkout:
  npm run -s memoryd -- status`);
