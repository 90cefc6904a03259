import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Daemon, DaemonOptions } from './daemon.ts';
import { discard } from './http/body.ts';
import { checkBearer, hostAllowed, originAllowed } from './http/guards.ts';
import { sendError } from './http/reply.ts';
import { findRoute, type Route } from './http/router.ts';
import { createRequestQueue } from './request-queue.ts';

/** How long unfinished answers may take after the daemon starts to close. */
const drainMs = 2_000;

/** The routes and functions behind the checks. */
export interface GuardedRoutes {
  routes: readonly Route[];
  counters: Daemon['counters'];
  onRequest(): void;
  problem?: Daemon['problem'];
  close(): Promise<void>;
}

/**
 * Makes a daemon that checks Host, Origin and token before its routes. `close` waits for unfinished answers before it
 * closes the routes.
 */
export function createMiddleware(
  { settings, port, token, log, clock }: Pick<DaemonOptions, 'settings' | 'port' | 'token' | 'log' | 'clock'>,
  guarded: GuardedRoutes,
): Daemon {
  const underWay = new Map<ServerResponse, Promise<void>>();
  const inTurn = createRequestQueue();
  let closing: Promise<void> | undefined;

  function refuseClosing(response: ServerResponse): void {
    const headers = { connection: 'close', 'retry-after': '1' };
    sendError(response, 503, 'the daemon is shutting down', { headers });
  }

  /**
   * Gives the route of a request after checking Host and Origin. Otherwise answers 403, 404 or 405 and gives
   * `undefined`.
   */
  function routeOf(request: IncomingMessage, response: ServerResponse): Route | undefined {
    const { host, origin } = request.headers;
    if (!hostAllowed(host, port, settings.allowedHosts)) {
      sendError(response, 403, 'the Host header does not name this daemon');
    } else if (!originAllowed(origin)) {
      sendError(response, 403, 'pages of other sites may not ask');
    } else {
      return findRoute(guarded.routes, request, response);
    }
    return undefined;
  }

  async function run(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (closing !== undefined) return refuseClosing(response);
      await route.handle(request, response);
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

  function begin(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    turn: Promise<void>,
  ): void {
    const answered = turn.then(() => run(route, request, response));
    underWay.set(response, answered);
    answered.finally(() => underWay.delete(response));
  }

  async function close(): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = clock.after(drainMs, patience.resolve);
    // An answer whose headers are sent is complete, or is a stream, which ends with its session.
    const waiting = [...underWay]
      .filter(([response]) => !response.headersSent)
      .map(([, answered]) => answered);
    await Promise.race([Promise.allSettled(waiting), patience.promise]);
    timer.cancel();
    await guarded.close();
  }

  function refuse(response: ServerResponse, check: 'missing' | 'wrong'): void {
    const challenge = check === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
    const headers = { 'www-authenticate': challenge };
    sendError(response, 401, `the bearer token is ${check}`, { headers });
  }

  /**
   * Only requests with a valid key wait in the queue. The others are refused at once and are neither stored nor logged,
   * so they cannot delay requests that are in the queue.
   */
  function handle(request: IncomingMessage, response: ServerResponse): void {
    const route = routeOf(request, response);
    if (route === undefined) return;
    const { authorization } = request.headers;
    const checks = [token, ...(route.keys ?? [])].map((key) => checkBearer(authorization, key));
    if (checks.includes('right')) {
      const { promise: turn, resolve } = Promise.withResolvers<void>();
      inTurn(resolve);
      begin(route, request, response, turn);
    } else if (route.keys !== undefined) {
      begin(route, request, response, Promise.resolve());
    } else {
      refuse(response, checks.includes('missing') ? 'missing' : 'wrong');
    }
  }

  return {
    handle(request, response) {
      guarded.onRequest();
      if (closing === undefined) handle(request, response);
      else refuseClosing(response);
      // Nobody reads this body. It is read and discarded, with a limit, so that the client can read the answer.
      if (response.headersSent && !request.complete) discard(request);
    },
    counters: guarded.counters,
    ...(guarded.problem === undefined ? {} : { problem: guarded.problem }),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
