import { McpServer, type McpServerOptions } from '@modelcontextprotocol/server';
import { MemorydError, messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { StoreProblem } from '../../service/store-problem.ts';
import type { Clock } from '../../system/clock.ts';
import { retryWhileBusy } from '../store/busy.ts';
import type { Store } from '../store/index.ts';
import { instructions } from './instructions.ts';
import { promptsOf } from './prompts.ts';
import { resourcesOf } from './resources.ts';
import { createSessionThreads } from './session-threads.ts';
import { tools } from './tools/index.ts';
import type { Tool, ToolContext } from './tools/tool.ts';

/** How long clients may cache lists that do not change while the daemon runs. */
const unchanging = { ttlMs: 3_600_000, cacheScope: 'private' } as const;

const serverOptions: McpServerOptions = {
  capabilities: {
    tools: { listChanged: false },
    resources: { listChanged: false },
    prompts: { listChanged: false },
  },
  instructions,
  cacheHints: {
    'tools/list': unchanging,
    'prompts/list': unchanging,
    'resources/templates/list': unchanging,
  },
};

/** Names the file and the command that helps, when the store cannot be used. */
function explained(error: unknown, problem: StoreProblem | undefined): unknown {
  if (problem === undefined) return error;
  const next = problem.hint === null ? '' : `; try: ${problem.hint}`;
  return new MemorydError('failed', `${problem.reason}${next}`, { cause: error });
}

/** `contextOf` gets the id of the client's session. */
function registerTool(
  server: McpServer,
  tool: Tool,
  contextOf: (sessionId: string | undefined) => ToolContext,
  { store, log, clock }: ServerOptions,
): void {
  const { name, title, description, input, output, annotations } = tool;
  const config = { title, description, inputSchema: input, outputSchema: output, annotations };
  server.registerTool(name, config, async (args, { sessionId }) => {
    try {
      const result = await retryWhileBusy(clock, () => tool.run(contextOf(sessionId), args as never));
      return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: { ...result } };
    } catch (error) {
      // An error that the client can correct is not logged. Errors of SQLite are.
      if (error instanceof MemorydError) throw error;
      log('mcp.tool-failed', { tool: name, error: messageOf(error) });
      throw explained(error, store.problem());
    }
  });
}

export interface ServerOptions {
  version: string;
  store: Store;
  log: Log;
  clock: Clock;
}

/**
 * Gives a function that makes an MCP server with every tool, resource and prompt, not connected yet. Servers share what
 * does not belong to a session.
 */
export function serverFactory(options: ServerOptions): () => McpServer {
  const { version, store, clock } = options;
  const now = () => clock.now().getTime();
  const registrations = [...resourcesOf(store), ...promptsOf(store)];
  return () => {
    const server = new McpServer({ name: 'memoryd', title: 'memoryd', version }, serverOptions);
    const threads = createSessionThreads(now);
    // A server without sessions serves many clients, so what they store one after the other does not belong together.
    const contextOf = (sessionId: string | undefined): ToolContext => ({
      store,
      now,
      sessionThread: (project) => (sessionId === undefined ? undefined : threads(project)),
    });
    for (const tool of tools) registerTool(server, tool, contextOf, options);
    for (const register of registrations) register(server);
    return server;
  };
}
