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
  /** Makes a server that is not connected yet. */
  createServer(): AnyServer;
  /** Whether servers may send messages other than the answer, such as progress. Answers are then streams. */
  streams?: boolean;
  settings: SessionSettings;
  /** A secret that survives a restart. Sessions of an earlier process are known by it. */
  idKey: string;
  log: Log;
  clock: Clock;
}

/**
 * MCP over Streamable HTTP on one path: version 2026-07-28, which has no sessions, and the 2025 versions, which have.
 */
export interface McpEndpoint {
  /** Answers a GET, POST or DELETE. The caller has checked the credentials. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  sessionCounts(): SessionCounts;
  close(): Promise<void>;
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * Whether a request belongs to the 2025 versions. A request of neither version goes to the current one, which refuses
 * it.
 */
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

/** Makes the MCP endpoint. Sessions are closed by `close`. */
export function createMcpEndpoint({
  createServer,
  streams = false,
  settings,
  idKey,
  log,
  clock,
}: McpOptions): McpEndpoint {
  const sessionful = createSessionful({ settings, idKey, createServer, streams, log, clock });
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
    // The SDK's type does not allow an explicit undefined. Node's IncomingMessage is the type it was made for.
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
