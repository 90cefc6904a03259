import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What an error answer may carry beside its message. */
export interface ErrorDetails {
  /** JSON-RPC code; -32000 (server error) without it. */
  code?: number;
  data?: unknown;
  headers?: OutgoingHttpHeaders;
}

/** Answers with a JSON body. Does nothing when the client is already gone. */
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

/** The body of every error of ours: a JSON-RPC error without a request, which MCP clients read and others can. */
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
