import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Daemon, DaemonOptions } from './daemon.ts';
import { checkBearer, hostAllowed, originAllowed } from './http/guards.ts';
import { sendError } from './http/reply.ts';
import { findRoute, type Route } from './http/router.ts';
import { createTurns } from './turns.ts';

/** How long answers that are under way may take once the daemon is closing. */
const drainMs = 2_000;

/** What is behind the guards. */
export interface Guarded {
  routes: readonly Route[];
  counters: Daemon['counters'];
  onRequest(): void;
  close(): Promise<void>;
}

/** Puts Host, Origin and token checks before routes, and lets what is under way end before they are closed. */
export function guard(
  { settings, port, token, log, clock }: Pick<DaemonOptions, 'settings' | 'port' | 'token' | 'log' | 'clock'>,
  guarded: Guarded,
): Daemon {
  const underWay = new Map<ServerResponse, Promise<void>>();
  const inTurn = createTurns();
  let closing: Promise<void> | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin, authorization } = request.headers;
    if (closing !== undefined) {
      const headers = { connection: 'close', 'retry-after': '1' };
      return sendError(response, 503, 'the daemon is shutting down', { headers });
    }
    if (!hostAllowed(host, port, settings.allowedHosts)) {
      return sendError(response, 403, 'the Host header does not name this daemon');
    }
    if (!originAllowed(origin)) return sendError(response, 403, 'pages of other sites may not ask');
    const route = findRoute(guarded.routes, request, response);
    if (route === undefined) return;
    if (route.open !== true) {
      const check = checkBearer(authorization, token);
      if (check !== 'right') {
        const challenge = check === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
        const headers = { 'www-authenticate': challenge };
        return sendError(response, 401, `the bearer token is ${check}`, { headers });
      }
    }
    await route.handle(request, response);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await answer(request, response);
    } catch (error) {
      log('http.failed', {
        method: request.method,
        url: request.url?.slice(0, 200),
        error: messageOf(error),
      });
      if (response.headersSent) response.destroy();
      else sendError(response, 500, 'internal error');
    }
  }

  async function close(): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = clock.after(drainMs, patience.resolve);
    // What has begun to answer is whole or is a stream, which ends with its session.
    const waiting = [...underWay]
      .filter(([response]) => !response.headersSent)
      .map(([, answered]) => answered);
    await Promise.race([Promise.allSettled(waiting), patience.promise]);
    timer.cancel();
    await guarded.close();
  }

  return {
    handle(request, response) {
      guarded.onRequest();
      const { promise: turn, resolve } = Promise.withResolvers<void>();
      inTurn(resolve);
      const answered = turn.then(() => respond(request, response));
      underWay.set(response, answered);
      answered.finally(() => underWay.delete(response));
    },
    counters: guarded.counters,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
