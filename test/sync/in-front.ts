import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFixture } from 'fs-fixture';
import { startServer } from '../daemon/sync/server.ts';
import { createMachine } from './machine.ts';

/** A server, and a machine with these files. */
export async function setUp(t: TestContext, tree = {}) {
  const fixture = await createFixture({});
  const root = join(fixture.path, 'projects');
  const server = await startServer(root);
  const machine = await createMachine(tree);
  t.after(async () => {
    await server.close();
    await machine.fixture.rm();
    await fixture.rm();
  });
  return { server, url: server.url, root, machine };
}

type Forward = (request: IncomingMessage, response: ServerResponse, dropAnswer?: boolean) => Promise<void>;

/** A server in front of the real one that can do what real ones do at the worst moment. */
export async function inFrontOf(
  t: TestContext,
  target: string,
  listener: (forward: Forward) => RequestListener,
) {
  const forward: Forward = async (request, response, dropAnswer = false) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: {
        authorization: String(request.headers.authorization),
        'x-client-id': String(request.headers['x-client-id'] ?? ''),
      },
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    if (dropAnswer) return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  };
  const server: Server = createServer(listener(forward));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
