import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { codeOf, MemorydError } from '../errors.ts';
import type { Log } from '../service/log.ts';

/** Where to listen: `ports` in order of preference. A `fixed` port is the only one. */
export interface ListenRequest {
  host: string;
  ports: Iterable<number>;
  fixed: boolean;
  /** Awaited for each port that another process holds, before the next one is tried. */
  onTaken?: (port: number) => Promise<void>;
}

/** `denied`: an excluded port range or a missing privilege; waiting does not help (W16). */
type Attempt = { kind: 'listening' } | { kind: 'taken' } | { kind: 'denied' };

/** The number of connections that wait while a host restarts. The default limit of Linux is 4096. */
const backlog = 1024;

function attempt(server: Server, options: ListenOptions): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      server.off('listening', listening);
      const code = codeOf(error);
      if (code === 'EADDRINUSE') resolve({ kind: 'taken' });
      else if (code === 'EACCES') resolve({ kind: 'denied' });
      else reject(error);
    };
    const listening = () => {
      server.off('error', failed);
      resolve({ kind: 'listening' });
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen({ ...options, backlog });
  });
}

/** The address and port of a listening server. */
export function addressOf(server: Server): { host: string; port: number } {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}

/** Uses a socket that is already bound and listening. Throws if `fd` is not one. */
export async function listenInherited(server: Server, fd: number): Promise<void> {
  await attempt(server, { fd } as ListenOptions);
}

/**
 * Binds the first available port, or as a last resort any port that the system assigns (W16, X05). Throws if a fixed
 * port cannot be bound: `configuration` if it never can be, `failed` if it is taken.
 */
export async function listenOnFirst(server: Server, request: ListenRequest, log: Log): Promise<void> {
  const { host, ports, fixed } = request;
  for (const port of ports) {
    const { kind } = await attempt(server, { host, port });
    if (kind === 'listening') return;
    log('port.refused', { port, why: kind });
    if (kind === 'taken') await request.onTaken?.(port);
    if (fixed && kind === 'denied') {
      throw new MemorydError('configuration', `the system does not let port ${port} be bound`);
    }
  }
  if (fixed) throw new MemorydError('failed', `port ${[...ports].join()} is taken by another program`);
  await attempt(server, { host, port: 0 });
}
