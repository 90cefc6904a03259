import { McpServer } from '@modelcontextprotocol/server';
import { MemorydError, messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { retryWhileBusy } from '../store/busy.ts';
import type { Store } from '../store/index.ts';
import { tools } from './tools/index.ts';
import type { Tool } from './tools/tool.ts';

const instructions =
  'A memory that outlives this conversation. Search it before you start on something that may have come up before; ' +
  'store what will matter later: decisions and their reasons, preferences, facts that took effort to find.';

/** How long clients may cache the list of tools, which does not change while the daemon runs. */
const toolListTtlMs = 3_600_000;

function registerTool(server: McpServer, tool: Tool, { store, log, clock }: ServerOptions): void {
  const { name, title, description, input, output, annotations } = tool;
  const config = { title, description, inputSchema: input, outputSchema: output, annotations };
  server.registerTool(name, config, async (args) => {
    try {
      const result = await retryWhileBusy(clock, () => tool.run(store, args as never));
      return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: { ...result } };
    } catch (error) {
      // An error that the client can correct is not logged. Errors of SQLite are.
      if (!(error instanceof MemorydError)) log('mcp.tool-failed', { tool: name, error: messageOf(error) });
      throw error;
    }
  });
}

export interface ServerOptions {
  version: string;
  store: Store;
  log: Log;
  clock: Clock;
}

/** Makes an MCP server with every tool, not connected yet. */
export function createServer(options: ServerOptions): McpServer {
  const server = new McpServer(
    { name: 'memoryd', title: 'memoryd', version: options.version },
    {
      capabilities: { tools: { listChanged: false } },
      instructions,
      cacheHints: { 'tools/list': { ttlMs: toolListTtlMs, cacheScope: 'private' } },
    },
  );
  for (const tool of tools) registerTool(server, tool, options);
  return server;
}
