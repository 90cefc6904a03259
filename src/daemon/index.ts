import { createCounters } from './counters.ts';
import type { Daemon, DaemonOptions } from './daemon.ts';
import { createLazyComponents } from './lazy-components.ts';
import { createMiddleware } from './middleware.ts';

export type { Daemon, DaemonOptions } from './daemon.ts';

/**
 * Makes the bundled daemon: MCP, sync and readiness, with checks of Host, Origin and token. A component is loaded by
 * the first request that needs it. No file is created before something is stored.
 */
export function createDaemon(options: DaemonOptions): Daemon {
  const parts = createLazyComponents(options);
  const counters = createCounters(parts);
  return createMiddleware(options, {
    routes: parts.routes,
    counters: counters.read,
    onRequest: counters.countRequest,
    problem: parts.problem,
    close: parts.close,
  });
}
