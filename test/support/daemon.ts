import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFixture } from 'fs-fixture';
import type { z } from 'zod';
import { createDaemon, type Daemon, type DaemonOptions } from '../../src/daemon/index.ts';
import { daemonSettingsSchema } from '../../src/service/daemon-settings.ts';
import { systemClock } from '../../src/system/clock.ts';
import { systemExec } from '../../src/system/exec.ts';

export const token = 'the-token-of-the-tests';

export interface LogLine {
  event: string;
  fields: Record<string, unknown>;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON, or undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they come
  json: any;
}

export interface TestDaemon {
  daemon: Daemon;
  port: number;
  url: string;
  /** Does not exist until something is stored. */
  dataDir: string;
  lines: LogLine[];
  /** One request with the token and our Host, unless `headers` says otherwise; null takes a header away. */
  ask(
    method: string,
    path: string,
    headers?: Record<string, string | null>,
    body?: string | Buffer,
  ): Promise<Answer>;
  /** A POST of JSON to /mcp. */
  post(body: unknown, headers?: Record<string, string | null>): Promise<Answer>;
}

type Changes = Partial<Omit<DaemonOptions, 'settings'>> & {
  settings?: z.input<typeof daemonSettingsSchema>;
};

/** A daemon behind a real server on a free port, stopped and removed when the test ends. */
export async function startTestDaemon(t: TestContext, changes: Changes = {}): Promise<TestDaemon> {
  const fixture = await createFixture({});
  const lines: LogLine[] = [];
  const server = createServer((req, res) => daemon.handle(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dataDir = changes.dataDir ?? join(fixture.path, 'data');
  const daemon = createDaemon({
    service: 'memory',
    version: '0.0.0-test',
    token,
    port,
    log: (event, fields = {}) => void lines.push({ event, fields }),
    clock: systemClock,
    exec: systemExec,
    ...changes,
    dataDir,
    settings: daemonSettingsSchema.parse(changes.settings ?? {}),
  });
  t.after(async () => {
    await daemon.close();
    server.closeAllConnections();
    server.close();
    await fixture.rm();
  });

  function ask(
    method: string,
    path: string,
    headers: Record<string, string | null> = {},
    body?: string | Buffer,
  ) {
    const all: OutgoingHttpHeaders = { authorization: `Bearer ${token}` };
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) delete all[name];
      else all[name] = value;
    }
    return new Promise<Answer>((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port, method, path, headers: all, agent: false }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = res.headers['content-type']?.startsWith('application/json') ?? false;
          const json = isJson ? JSON.parse(text) : undefined;
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json });
        });
      });
      req.on('error', reject);
      req.end(body);
    });
  }

  return {
    daemon,
    port,
    url: `http://127.0.0.1:${port}/mcp`,
    dataDir,
    lines,
    ask,
    post: (body, headers = {}) =>
      ask(
        'POST',
        '/mcp',
        {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
        JSON.stringify(body),
      ),
  };
}
