import type { McpServer, Server } from '@modelcontextprotocol/server';

/** Either of the SDK's servers: with registered tools, or with own handlers. */
export type AnyServer = McpServer | Server;

/**
 * Gives servers that serve one request at a time and are used again after it: making a server costs more than serving a
 * request.
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
