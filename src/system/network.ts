import { createServer } from 'node:net';
import { codeOf } from '../errors.ts';

/**
 * Whether a port can be bound. `denied` is an excluded range or a missing privilege, and waiting does not help (W16).
 */
export type PortProbe = 'free' | 'taken' | 'denied';

export interface Network {
  /** Binds `host:port` and closes it again. Throws if the host is not an address of this machine. */
  probe(host: string, port: number): Promise<PortProbe>;
}

export const systemNetwork: Network = {
  probe(host, port) {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', (error) => {
        const code = codeOf(error);
        if (code === 'EADDRINUSE') resolve('taken');
        else if (code === 'EACCES') resolve('denied');
        else reject(error);
      });
      server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
    });
  },
};
