import { MemorydError } from '../errors.ts';
import { type Roots, servicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';
import type { Endpoint } from './endpoint.ts';
import { findEndpoint } from './find-endpoint.ts';
import { NotConnected } from './private-connection.ts';
import { type PrivateClient, privateClient } from './private-fetch.ts';

/** The user's own daemon: the URL of its MCP endpoint, the nonce of its run, and the client for it. */
export interface OwnDaemon {
  kind: 'found';
  url: URL;
  nonce: string;
  /**
   * A client for the private socket of its host, with the token; the daemon proves its identity on each connection.
   * Undefined for an external daemon that listens by itself: it has no such socket, and must never receive our token.
   */
  client: PrivateClient | undefined;
}

type OwnDaemonSystem = Pick<System, 'platform' | 'env' | 'user' | 'files' | 'clock' | 'processes'>;

const pollMs = 200;

/** A client for the host that published `endpoint`. It reads the token at each use. */
function clientOf(system: OwnDaemonSystem, roots: Roots, { control, service }: Endpoint): PrivateClient {
  const { token: path } = servicePaths(roots, service);
  return privateClient(system.clock, async () => {
    const read = await system.files.read(path);
    if (read.kind === 'content') return { control, token: read.text.trim() };
    throw new NotConnected(
      read.kind === 'absent' ? `${path} is not there` : `cannot read ${path}: ${read.why}`,
    );
  });
}

/**
 * Finds the running daemon of `service`, or tells why it cannot be reached. This proves nothing about the daemon; the
 * daemon proves its identity to `client` on every connection (X05). Throws `usage` for a daemon that does not support
 * MCP.
 */
export async function findOwnDaemon(
  system: OwnDaemonSystem,
  roots: Roots,
  service: string,
): Promise<OwnDaemon | { kind: 'missing'; why: string }> {
  const missing = (why: string) => ({ kind: 'missing', why }) as const;
  const state = await findEndpoint(system, roots, service);
  if (state.kind !== 'live') return missing('why' in state ? state.why : 'it is not running');
  const { endpoint, report } = state;
  if (report.phase !== 'ready') return missing(`it is ${report.phase}`);
  if (report.foreign?.ready === false) return missing(report.foreign.why ?? 'not ready');
  const path = report.foreign === undefined ? '/mcp' : report.foreign.mcpPath;
  if (path === null) throw new MemorydError('usage', `"${service}" does not speak MCP`);
  const found = { kind: 'found', url: new URL(path, report.url), nonce: endpoint.nonce } as const;
  return { ...found, client: endpoint.foreign ? undefined : clientOf(system, roots, endpoint) };
}

/**
 * Finds the daemon like `findOwnDaemon`, and waits up to `patienceMs` if it is starting. `signal` ends the wait, but not
 * the first attempt. Throws `not-running`.
 */
export async function awaitOwnDaemon(
  system: OwnDaemonSystem,
  roots: Roots,
  service: string,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<OwnDaemon> {
  const end = system.clock.monotonic() + patienceMs;
  for (;;) {
    const seen = await findOwnDaemon(system, roots, service);
    if (seen.kind === 'found') return seen;
    if (signal?.aborted || system.clock.monotonic() >= end) {
      const hint = `memoryd start ${service}`;
      throw new MemorydError('not-running', `cannot reach "${service}": ${seen.why}; try: ${hint}`, {
        hint,
      });
    }
    await system.clock.sleep(pollMs, signal);
  }
}
