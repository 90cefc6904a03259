import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { isInitializeRequest, isJSONRPCRequest } from '@modelcontextprotocol/server';
import { messageOf } from '../../errors.ts';
import type { SessionSettings } from '../../service/daemon-settings.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { sendError } from '../http/reply.ts';
import { type CloseReason, type SessionCounts, Sessions, type SessionsOptions } from '../sessions/index.ts';
import { continuesAfter, createContinuation, type Ended } from './continuation.ts';
import type { AnyServer } from './pool.ts';

/** What belongs to one session of the 2025 versions: its server and its transport. */
interface McpConnection {
  server: AnyServer;
  transport: NodeStreamableHTTPServerTransport;
}

export interface SessionfulOptions {
  settings: SessionSettings;
  createServer(): AnyServer;
  /** Answer with streams, on which a server can send messages before the answer. */
  streams: boolean;
  /** A secret that survives a restart. Sessions of an earlier process are known by it. */
  idKey: string;
  log: Log;
  clock: Clock;
}

/** The 2025 versions of MCP, which have sessions. */
export interface Sessionful {
  handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void>;
  counts(): SessionCounts;
  /** Closes every session with reason `shutdown`. */
  close(): void;
}

/** The JSON-RPC code that the SDK uses for an unknown session. */
const sessionNotFound = -32_001;

type GoneReason = CloseReason | 'unknown_session';

const goneBecause: Record<GoneReason, string> = {
  idle_timeout: 'it was idle for too long',
  max_lifetime: 'it reached its maximum lifetime',
  evicted: 'newer sessions took its place',
  client_closed: 'its client closed it',
  shutdown: 'the daemon is shutting down',
  unknown_session: 'this daemon never opened it',
};

function refuseSession(response: ServerResponse, reason: GoneReason): void {
  sendError(response, 404, `no such session: ${goneBecause[reason]}; send initialize to open a new one`, {
    code: sessionNotFound,
    data: { reason, next: 'initialize' },
  });
}

function clientName(params: { clientInfo?: { name?: unknown } } | undefined): string {
  const name = params?.clientInfo?.name;
  return typeof name === 'string' ? name.slice(0, 100) : 'unknown';
}

function acceptsBoth(accept: string): boolean {
  return accept.includes('application/json') && accept.includes('text/event-stream');
}

function limitsOf(
  settings: SessionSettings,
): Omit<SessionsOptions<unknown>, 'idKey' | 'clock' | 'log' | 'dispose'> {
  return {
    idleTimeoutMs: settings.idleTimeoutSecs * 1_000,
    maxLifetimeMs: settings.maxLifetimeSecs * 1_000,
    maxSessions: settings.maxSessions,
    rate: { limit: settings.rateLimit, windowMs: settings.rateWindowSecs * 1_000 },
  };
}

function refuseRate(response: ServerResponse, retryAfterMs: number): void {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  sendError(response, 429, `too many new sessions; try again in ${seconds} s`, {
    data: { reason: 'session_rate', retryAfterSecs: seconds },
    headers: { 'retry-after': String(seconds) },
  });
}

function refuseWithoutId({ method }: IncomingMessage, response: ServerResponse): void {
  if (method === 'POST') {
    sendError(response, 400, 'the Mcp-Session-Id header is missing; send initialize to get one');
  } else {
    sendError(response, 405, `${method} needs a session`, { headers: { allow: 'POST' } });
  }
}

function connectionFor({ createServer, streams }: SessionfulOptions, id: string): McpConnection {
  return {
    server: createServer(),
    transport: new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      enableJsonResponse: !streams,
    }),
  };
}

/** Makes the handler of the 2025 versions of MCP. */
export function createSessionful(options: SessionfulOptions): Sessionful {
  const { settings, idKey, log, clock } = options;
  const serveAlone = createContinuation(options);
  const sessions = new Sessions<McpConnection>({
    ...limitsOf(settings),
    idKey,
    clock,
    log,
    dispose: ({ server }) => {
      server.close().catch((error) => log('mcp.close-failed', { error: messageOf(error) }));
    },
  });

  async function initialize(request: IncomingMessage, response: ServerResponse, body: unknown) {
    // Checked before a session is opened. The transport checks it only afterwards.
    if (!acceptsBoth(request.headers.accept ?? '')) {
      return sendError(response, 406, 'accept must name application/json and text/event-stream');
    }
    const { params } = body as { params?: { clientInfo?: { name?: unknown } } };
    const opened = sessions.open(clientName(params), (id) => connectionFor(options, id));
    if (opened.kind === 'refused') return refuseRate(response, opened.retryAfterMs);
    const { server, transport } = opened.session.attachment;
    await server.connect(transport);
    await transport.handleRequest(request, response, body);
  }

  async function handleEnded(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    { id, found }: { id: string; found: Ended },
  ): Promise<void> {
    const reason = continuesAfter(found);
    if (reason === undefined) {
      return refuseSession(response, found.kind === 'closed' ? found.reason : 'unknown_session');
    }
    if (request.method === 'POST') {
      sessions.continue(id, reason);
      return await serveAlone(request, response, body);
    }
    if (request.method === 'DELETE') {
      sessions.end(id);
      response.writeHead(204).end();
      return;
    }
    // Clients take 405 for "there is no event stream" and go on.
    sendError(response, 405, 'the session has ended; without one there is no event stream', {
      headers: { allow: 'POST, DELETE' },
    });
  }

  return {
    async handle(request, response, body) {
      // An initialize without a request id opens no session, because its client would never get the session's id.
      if (request.method === 'POST' && isJSONRPCRequest(body) && isInitializeRequest(body)) {
        return await initialize(request, response, body);
      }
      const id = request.headers['mcp-session-id'];
      if (typeof id !== 'string' || id === '') return refuseWithoutId(request, response);
      const found = sessions.find(id);
      if (found.kind !== 'open') return await handleEnded(request, response, body, { id, found });
      if (request.method === 'DELETE') {
        sessions.close(id, 'client_closed');
        response.writeHead(204).end();
        return;
      }
      // A tool may run longer than the idle timeout, so a POST holds the session. An event stream stays open for any
      // time and does not count as work.
      if (request.method === 'POST') response.once('close', found.session.hold());
      await found.session.attachment.transport.handleRequest(request, response, body);
    },
    counts: () => sessions.counts(),
    close: () => sessions.closeAll('shutdown'),
  };
}
