import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendError } from './reply.ts';

export interface Route {
  /** The path. With `below`, also every path under it. */
  path: string;
  below?: true;
  /** The methods it accepts. Without them the route itself refuses methods. */
  methods?: readonly string[];
  /** Keys it accepts in addition to the service's token. Such a route itself refuses requests without a valid key. */
  keys?: readonly string[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

/** The path as it was sent, not decoded or normalised. */
function pathOf(target: string): string {
  return target.replace(/[?#].*$/s, '');
}

function matches(route: Route, path: string): boolean {
  return path === route.path || (route.below === true && path.startsWith(`${route.path}/`));
}

/** Gives the route of a request. When there is none, answers 404 or 405 and gives `undefined`. */
export function findRoute(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Route | undefined {
  const path = pathOf(request.url ?? '/');
  const route = routes.find((candidate) => matches(candidate, path));
  if (route === undefined) {
    sendError(response, 404, `nothing at ${path.slice(0, 200)}`);
    return undefined;
  }
  if (route.methods !== undefined && !route.methods.includes(request.method ?? '')) {
    const allow = route.methods.join(', ');
    sendError(response, 405, `${route.path} answers ${allow}`, { headers: { allow } });
    return undefined;
  }
  return route;
}
