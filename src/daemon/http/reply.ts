import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Optional parts of an error answer. */
export interface ErrorDetails {
  /** The JSON-RPC code. Default: -32000 (server error). */
  code?: number;
  data?: unknown;
  headers?: OutgoingHttpHeaders;
}

/** Answers with a JSON body. Does nothing when the answer has begun or the client has disconnected. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/**
 * Gives the body of an error answer: a JSON-RPC error without a request id, which MCP clients understand and other
 * clients can read.
 */
export function errorBody(message: string, { code = -32_000, data }: ErrorDetails = {}): object {
  return { jsonrpc: '2.0', id: null, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** Answers with an error body. */
export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  details: ErrorDetails = {},
): void {
  sendJson(response, status, errorBody(message, details), details.headers);
}
