import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkBearer, hostAllowed, originAllowed } from './http/guards.ts';
import { sendError } from './http/reply.ts';
import { findRoute, type Route } from './http/router.ts';

/** A request that may be answered. */
export interface Admitted {
  route: Route;
  /** Whether it has a valid key. Without one only a route that has keys of its own is given, and it checks them. */
  hasKey: boolean;
}

interface AdmissionOptions {
  routes: readonly Route[];
  port: number;
  token: string;
  allowedHosts: readonly string[];
}

function refuseToken(response: ServerResponse, check: 'missing' | 'wrong'): void {
  const challenge = check === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  const headers = { 'www-authenticate': challenge };
  sendError(response, 401, `the bearer token is ${check}`, { headers });
}

/**
 * Makes the checks that every request passes: Host, Origin, route and token. A refused request is answered with 401,
 * 403, 404 or 405, and `undefined` is given.
 */
export function createAdmission({ routes, port, token, allowedHosts }: AdmissionOptions) {
  return (request: IncomingMessage, response: ServerResponse): Admitted | undefined => {
    const { host, origin, authorization } = request.headers;
    if (!hostAllowed(host, port, allowedHosts)) {
      sendError(response, 403, 'the Host header does not name this daemon');
      return undefined;
    }
    if (!originAllowed(origin)) {
      sendError(response, 403, 'pages of other sites may not ask');
      return undefined;
    }
    const route = findRoute(routes, request, response);
    if (route === undefined) return undefined;
    const checks = [token, ...(route.keys ?? [])].map((key) => checkBearer(authorization, key));
    const hasKey = checks.includes('right');
    if (hasKey || route.keys !== undefined) return { route, hasKey };
    refuseToken(response, checks.includes('missing') ? 'missing' : 'wrong');
    return undefined;
  };
}
