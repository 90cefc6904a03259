import { createCounters } from './counters.ts';
import type { Daemon, DaemonOptions } from './daemon.ts';
import { createLazyComponents } from './lazy-components.ts';
import { createMiddleware } from './middleware.ts';

export type { Daemon, DaemonOptions } from './daemon.ts';

/**
 * The bundled daemon: MCP, sync and readiness behind Host, Origin and token checks.
 * Loads and opens what a request needs when the first such request comes; makes nothing on disk before something is stored.
 */
export function createDaemon(options: DaemonOptions): Daemon {
  const parts = createLazyComponents(options);
  const counters = createCounters(parts);
  return createMiddleware(options, {
    routes: parts.routes,
    counters: counters.read,
    onRequest: counters.countRequest,
    close: parts.close,
  });
}
