import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { SessionLookup } from '../sessions/index.ts';
import { type AnyServer, createServerPool } from './pool.ts';

/** A session that is not open. */
export type Ended = Exclude<SessionLookup<unknown>, { kind: 'open' }>;

/**
 * Why a session that its client may go on using has ended, `undefined` if the client must open a new one. Many clients
 * never open a new one: they fail on every call until they are restarted (N37).
 */
export function continuesAfter(found: Ended): string | undefined {
  if (found.kind === 'forgotten') return 'daemon_restarted';
  if (found.kind === 'unknown') return undefined;
  return ['idle_timeout', 'evicted', 'shutdown'].includes(found.reason) ? found.reason : undefined;
}

interface ContinuationOptions {
  createServer(): AnyServer;
  /** Answer with streams, on which a server can send messages before the answer. */
  streams: boolean;
  log: Log;
}

/**
 * Serves requests of sessions that have ended: each one alone, on a server that knows nothing of earlier ones. The tools
 * need no more.
 */
export function createContinuation({ createServer, streams, log }: ContinuationOptions) {
  const serverFor = createServerPool(createServer);
  return async (request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> => {
    const transport = new NodeStreamableHTTPServerTransport({ enableJsonResponse: !streams });
    const server = serverFor();
    response.once('close', () => {
      server.close().catch((error) => log('mcp.close-failed', { error: messageOf(error) }));
    });
    await server.connect(transport);
    await transport.handleRequest(request, response, body);
  };
}
