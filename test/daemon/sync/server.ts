import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSyncApi, type SyncApi, type SyncApiOptions } from '../../../src/daemon/sync/index.ts';
import { systemClock } from '../../../src/system/clock.ts';

export const key = 'test-key-1';
export const otherKey = 'test-key-2';

export interface TestServer {
  url: string;
  port: number;
  api: SyncApi;
  server: Server;
  events: { event: string; fields: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** The sync API behind a real socket, with `/` and `/health` answered in front of it as the host does. */
export async function startServer(
  dir: string,
  options: Partial<SyncApiOptions> = {},
  port = 0,
): Promise<TestServer> {
  const events: TestServer['events'] = [];
  const api = createSyncApi({
    dir,
    apiKeys: [key, otherKey],
    lockTtlMs: 30 * 60_000,
    rateLimit: { max: 0, windowMs: 60_000 },
    log: (event, fields = {}) => events.push({ event, fields }),
    clock: systemClock,
    ...options,
  });
  const server = createServer((request, response) => {
    if (request.url === '/health' || request.url === '/') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: 'ok', version: '0.0.0', authRequired: true }));
    } else api.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    api,
    server,
    events,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await api.close();
    },
  };
}

/** One request with the key and a client id, answered as status and parsed body. */
export async function call(
  url: string,
  method: string,
  path: string,
  {
    client,
    body,
    headers = {},
  }: { client?: string; body?: string | Uint8Array; headers?: Record<string, string> } = {},
): Promise<{ status: number; json: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(client === undefined ? {} : { 'x-client-id': client }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  });
  const json = (await response.json()) as Record<string, unknown>;
  return { status: response.status, json, headers: response.headers };
}
