import { networkInterfaces } from 'node:os';
import type { System } from '../system/system.ts';
import { ask } from './probes/index.ts';

const timeoutMs = 500;

/**
 * The first address of this machine, other than loopback, that accepts connections on `port`: the daemon then listens
 * on all interfaces, whatever its settings are. `undefined` if there is none.
 */
export async function exposedAt(system: Pick<System, 'exec'>, port: number): Promise<string | undefined> {
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  for (const host of addresses) {
    const answer = await ask(system, { kind: 'tcp' }, { host, port, timeoutMs, values: {}, env: {} });
    if (answer.kind === 'yes') return host;
  }
  return undefined;
}
