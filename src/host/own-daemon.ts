import { setTimeout as delay } from 'node:timers/promises';
import { MemorydError } from '../errors.ts';
import { type Roots, servicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';
import { findEndpoint } from './find-endpoint.ts';
import { healthOf } from './health-probe.ts';

/** The user's own daemon, proven to be that: where its MCP endpoint is, which run of it, and what it wants to see. */
export interface OwnDaemon {
  kind: 'found';
  url: URL;
  nonce: string;
  /** Undefined for a foreign daemon that listens by itself: it knows nothing of our tokens. */
  token: string | undefined;
}

type Machine = Pick<System, 'platform' | 'env' | 'user' | 'files' | 'clock' | 'processes'>;

const pollMs = 200;

/**
 * Finds the daemon of `service` as it is now, or says why it is not to be had. What cannot prove who it is is never sent
 * a token (X05). Throws `usage` for a daemon that does not speak MCP.
 */
export async function findOwnDaemon(
  system: Machine,
  roots: Roots,
  service: string,
): Promise<OwnDaemon | { kind: 'missing'; why: string }> {
  const missing = (why: string) => ({ kind: 'missing', why }) as const;
  const state = await findEndpoint(system, roots, service);
  if (state.kind !== 'live') return missing('why' in state ? state.why : 'it is not running');
  const { endpoint, report } = state;
  const health = await healthOf(system, state);
  if (health.kind === 'stranger') return missing(`another program answers on its port: ${health.why}`);
  if (health.kind !== 'healthy') return missing(health.why);
  const path = report.foreign === undefined ? '/mcp' : report.foreign.mcpPath;
  if (path === null) throw new MemorydError('usage', `"${service}" does not speak MCP`);
  const found = { kind: 'found', url: new URL(path, endpoint.url), nonce: endpoint.nonce } as const;
  if (endpoint.foreign) return { ...found, token: undefined };
  const token = await system.files.read(servicePaths(roots, service).token);
  return token.kind === 'content'
    ? { ...found, token: token.text.trim() }
    : missing('its token cannot be read');
}

/** The same, waiting up to `patienceMs` for a daemon that is just starting. Throws `not-running`. */
export async function awaitOwnDaemon(
  system: Machine,
  roots: Roots,
  service: string,
  patienceMs: number,
): Promise<OwnDaemon> {
  const end = system.clock.monotonic() + patienceMs;
  for (;;) {
    const seen = await findOwnDaemon(system, roots, service);
    if (seen.kind === 'found') return seen;
    if (system.clock.monotonic() >= end) {
      const hint = `memoryd start ${service}`;
      throw new MemorydError('not-running', `cannot reach "${service}": ${seen.why}; try: ${hint}`, {
        hint,
      });
    }
    await delay(pollMs);
  }
}
