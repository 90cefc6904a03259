import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import { type Admitted, createAdmission } from './admission.ts';
import type { Daemon, DaemonOptions } from './daemon.ts';
import { discard } from './http/body.ts';
import { sendError } from './http/reply.ts';
import type { Route } from './http/router.ts';
import { PendingAnswers } from './pending-answers.ts';
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

function refuseClosing(response: ServerResponse): void {
  const headers = { connection: 'close', 'retry-after': '1' };
  sendError(response, 503, 'the daemon is shutting down', { headers });
}

/**
 * Makes a daemon that checks Host, Origin and token before its routes. `close` waits for unfinished answers before it
 * closes the routes.
 */
export function createMiddleware(
  { settings, port, token, log, clock }: Pick<DaemonOptions, 'settings' | 'port' | 'token' | 'log' | 'clock'>,
  guarded: GuardedRoutes,
): Daemon {
  const pending = new PendingAnswers();
  const inTurn = createRequestQueue();
  const admit = createAdmission({ routes: guarded.routes, port, token, allowedHosts: settings.allowedHosts });
  let closing: Promise<void> | undefined;

  async function run(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (closing !== undefined) return refuseClosing(response);
      await route.handle(request, response);
    } catch (error) {
      const { method, url } = request;
      log('http.failed', { method, url: url?.slice(0, 200), error: messageOf(error) });
      if (response.headersSent) response.destroy();
      else sendError(response, 500, 'internal error');
    }
  }

  /**
   * Only requests with a valid key wait in the queue. The others are refused at once and are neither stored nor logged,
   * so they cannot delay requests that are in the queue.
   */
  function begin({ route, hasKey }: Admitted, request: IncomingMessage, response: ServerResponse): void {
    const { promise: turn, resolve } = Promise.withResolvers<void>();
    if (hasKey) inTurn(resolve);
    else resolve();
    pending.add(
      response,
      turn.then(() => run(route, request, response)),
    );
  }

  async function close(): Promise<void> {
    await pending.drain(clock, drainMs);
    await guarded.close();
  }

  return {
    handle(request, response) {
      guarded.onRequest();
      if (closing === undefined) {
        const admitted = admit(request, response);
        if (admitted !== undefined) begin(admitted, request, response);
      } else {
        refuseClosing(response);
      }
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
