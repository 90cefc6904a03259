import type { IncomingMessage, ServerResponse } from 'node:http';
import { codeOf, messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { discard } from '../http/body.ts';
import { sendJson } from '../http/reply.ts';
import { refusal, type SyncAnswer } from './answer.ts';
import { createCounts } from './counts.ts';
import { type Context, serve } from './handlers.ts';
import { createKeyCheck } from './keys.ts';
import { createLocks } from './locks.ts';
import { createProjects } from './projects.ts';
import { createQueue } from './queue.ts';
import { createRequestRates } from './request-rates.ts';
import { parseRoute } from './route.ts';

export interface SyncApiOptions {
  /** The projects root: `<dataDir>/projects`, or an existing `~/.mneme-server/projects`. Created by the first lock. */
  dir: string;
  /** The accepted bearer keys, including the service's own token. Never empty. */
  apiKeys: readonly string[];
  lockTtlMs: number;
  /**
   * The largest number of requests of one key at one address within the window, and separately of failed requests of
   * one address. `max` 0 means no limit.
   */
  rateLimit: { max: number; windowMs: number };
  log: Log;
  clock: Clock;
}

/** The sync API, which serves every path below `/projects/`. */
export interface SyncApi {
  /** Answers any request. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  counters(): Record<string, number>;
  /** Refuses new requests. Resolves when every write is done. */
  close(): Promise<void>;
}

const diskFull = new Set(['ENOSPC', 'EDQUOT']);

function send(response: ServerResponse, { status, body, headers }: SyncAnswer): void {
  sendJson(response, status, body, { 'cache-control': 'no-store', ...headers });
}

function refuseRate(waitMs: number): SyncAnswer {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return refusal(429, 'too many requests', {}, { 'retry-after': String(seconds) });
}

function refuseKey(check: 'missing' | 'wrong'): SyncAnswer {
  return check === 'missing'
    ? refusal(401, 'Authorization: Bearer key required', {}, { 'www-authenticate': 'Bearer' })
    : refusal(403, 'unknown API key');
}

/** Makes the sync API. Touches nothing on disk. Throws `configuration` when there is no key or an empty one. */
export function createSyncApi(options: SyncApiOptions): SyncApi {
  const { clock, log, rateLimit: rate } = options;
  const checkKey = createKeyCheck(options.apiKeys);
  const waitFor = createRequestRates({ limit: rate.max, windowMs: rate.windowMs }, clock);
  const { count, counts } = createCounts();
  const queue = createQueue();
  const locks = createLocks({ ttlMs: options.lockTtlMs, clock, log });
  const context: Context = { projects: createProjects(options.dir, log), locks, queue, clock, log, count };
  let closed = false;

  async function answer(request: IncomingMessage): Promise<SyncAnswer> {
    if (closed) return refusal(503, 'shutting down', {}, { 'retry-after': '5' });
    // Check the key first: on loopback the address does not tell the owner from other users.
    const key = checkKey(request.headers.authorization);
    const wait = waitFor(key, request.socket.remoteAddress ?? '');
    if (key.kind !== 'right') count('unauthorized');
    else if (wait !== undefined) count('rateLimited');
    if (wait !== undefined) return refuseRate(wait);
    if (key.kind !== 'right') return refuseKey(key.kind);
    const route = parseRoute(request.method ?? '', request.url ?? '');
    if (route.kind === 'not-found') return refusal(404, 'not found');
    if (route.kind === 'bad-request') return refusal(400, route.why);
    return await serve(context, route, request);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    count('requests');
    // claude-mneme's server answers this to everybody. It allows nothing, because no CORS header is sent.
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return discard(request);
    }
    try {
      send(response, await answer(request));
    } catch (error) {
      count('failed');
      log('sync.failed', {
        method: request.method,
        path: request.url?.slice(0, 200),
        error: messageOf(error),
        code: codeOf(error),
      });
      const full = diskFull.has(codeOf(error) ?? '');
      send(response, full ? refusal(507, 'no space left on the server') : refusal(500, 'internal error'));
    }
    if (!request.complete) discard(request);
  }

  return {
    handle: (request, response) => void respond(request, response),
    counters: counts,
    async close() {
      closed = true;
      await queue.idle();
    },
  };
}
