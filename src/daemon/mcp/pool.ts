import type { McpServer, Server } from '@modelcontextprotocol/server';

/** Either of the SDK's servers: with its tools registered, or with handlers of its own. */
export type AnyServer = McpServer | Server;

/**
 * Gives servers that serve one request at a time, used again when the request before is answered:
 * making one costs more than what it does.
 */
export function createServerPool(create: () => AnyServer): () => AnyServer {
  const idle: AnyServer[] = [];
  return () => {
    const free = idle.pop();
    if (free !== undefined) return free;
    const server = create();
    const inner = 'server' in server ? server.server : server;
    inner.onclose = () => void idle.push(server);
    return server;
  };
}
