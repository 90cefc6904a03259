import type { Daemon, DaemonOptions } from '../daemon/daemon.ts';
import { sendError } from '../daemon/http/reply.ts';
import { lazily } from '../daemon/lazily.ts';
import { createMiddleware } from '../daemon/middleware.ts';
import type { Link } from './link.ts';

/**
 * Creates a daemon from a server on standard streams: MCP of all supported versions over Streamable HTTP, with the same
 * sessions and request checks as the bundled daemon. All clients share the server behind `link`, which must have
 * answered initialize.
 */
export function createStdioDaemon(options: DaemonOptions, link: Link): Daemon {
  const { settings, log, clock } = options;
  let requests = 0;

  const mcp = lazily(async () => {
    const [{ createMcpEndpoint }, { createRelay }] = await Promise.all([
      import('../daemon/mcp/index.ts'),
      import('./relay.ts'),
    ]);
    const { facts } = link;
    if (facts === undefined) throw new Error('the server behind it has not answered yet');
    return createMcpEndpoint({
      createServer: () => createRelay(link, facts, log),
      streams: true,
      settings: settings.sessions,
      idKey: options.token,
      log,
      clock,
    });
  });

  return createMiddleware(options, {
    routes: [
      {
        path: '/mcp',
        methods: ['GET', 'POST', 'DELETE'],
        async handle(request, response) {
          if (link.facts === undefined)
            return sendError(response, 503, 'the server behind it is not running yet');
          await (await mcp.get()).handle(request, response);
        },
      },
    ],
    counters() {
      const sessions = mcp.current()?.sessionCounts();
      return {
        requests,
        sessionsOpen: sessions?.open ?? 0,
        sessionsOpened: sessions?.opened ?? 0,
        sessionsRefused: sessions?.refused ?? 0,
      };
    },
    onRequest() {
      requests += 1;
    },
    async close() {
      await mcp.current()?.close();
    },
  });
}
