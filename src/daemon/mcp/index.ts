import type { IncomingMessage, ServerResponse } from 'node:http';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import {
  classifyInboundRequest,
  createMcpHandler,
  isJsonContentType,
  PARSE_ERROR,
} from '@modelcontextprotocol/server';
import type { SessionSettings } from '../../service/daemon-settings.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { bodyLimit, readBody, refuseBody } from '../http/body.ts';
import { parseJson } from '../http/json.ts';
import { sendError } from '../http/reply.ts';
import type { SessionCounts } from '../sessions/index.ts';
import { type AnyServer, createServerPool } from './pool.ts';
import { createSessionful } from './sessions.ts';

export interface McpOptions {
  /** Makes a server that is not yet connected. */
  createServer(): AnyServer;
  /** Whether servers may send anything beside the answer, such as progress: then answers are streams. */
  streams?: boolean;
  settings: SessionSettings;
  log: Log;
  clock: Clock;
}

/** MCP over Streamable HTTP: 2026-07-28, which has no sessions, and the 2025 eras, which do, on one path. */
export interface McpEndpoint {
  /** Answers a GET, POST or DELETE whose credentials are already known to be good. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  sessionCounts(): SessionCounts;
  close(): Promise<void>;
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether a body is of the 2025 eras; what is neither is the current era's to refuse. */
function isLegacy(request: IncomingMessage, body: unknown): boolean {
  const protocolVersionHeader = header(request, 'mcp-protocol-version');
  const mcpMethodHeader = header(request, 'mcp-method');
  const mcpNameHeader = header(request, 'mcp-name');
  const outcome = classifyInboundRequest({
    httpMethod: 'POST',
    ...(protocolVersionHeader === undefined ? {} : { protocolVersionHeader }),
    ...(mcpMethodHeader === undefined ? {} : { mcpMethodHeader }),
    ...(mcpNameHeader === undefined ? {} : { mcpNameHeader }),
    body,
  });
  return outcome.kind === 'legacy';
}

export function createMcpEndpoint({
  createServer,
  streams = false,
  settings,
  log,
  clock,
}: McpOptions): McpEndpoint {
  const sessionful = createSessionful({ settings, createServer, streams, log, clock });
  const onerror = (error: Error) => log('mcp.refused', { error: error.message });
  const current = createMcpHandler(createServerPool(createServer), { legacy: 'reject', onerror });
  const handleCurrent = toNodeHandler(current, { onerror, maxRequestBodySize: bodyLimit });

  async function handlePost(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isJsonContentType(request.headers['content-type'])) {
      return sendError(response, 415, 'content-type must be application/json');
    }
    const body = await readBody(request, clock);
    if (body.kind !== 'whole') return refuseBody(request, response, body.kind);
    const parsed = parseJson(body.bytes);
    if (parsed.kind === 'invalid') {
      return sendError(response, 400, `the body is not JSON: ${parsed.why}`, { code: PARSE_ERROR });
    }
    if (isLegacy(request, parsed.value)) return await sessionful.handle(request, response, parsed.value);
    // The SDK's type knows no explicit undefined; Node's IncomingMessage is what it is made for.
    await handleCurrent(request as NodeIncomingMessageLike, response, parsed.value);
  }

  return {
    async handle(request, response) {
      if (request.method === 'POST') await handlePost(request, response);
      else await sessionful.handle(request, response, undefined);
    },
    sessionCounts: sessionful.counts,
    async close() {
      sessionful.close();
      await current.close();
    },
  };
}
