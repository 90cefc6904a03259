import type { ServerResponse } from 'node:http';

/** What is sent back: always JSON, never cached. */
export interface Answer {
  status: number;
  body: object;
  headers?: Readonly<Record<string, string>>;
}

/** An answer that says no: `{"error": why}` and whatever else helps. */
export function refusal(status: number, why: string, more: object = {}, headers?: Answer['headers']): Answer {
  return { status, body: { error: why, ...more }, ...(headers === undefined ? {} : { headers }) };
}

export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}
