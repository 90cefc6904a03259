import { portCandidates } from '../../src/service/port.ts';
import { systemNetwork } from '../../src/system/network.ts';

const taken = new Set<number>();
let count = 0;

/**
 * A service name for a machine of its own. Machines of one test file are up at the same time on one and the same
 * network, so no two have the same preferred port, and none has one that is in use.
 */
export async function freshName(user: string): Promise<string> {
  for (;;) {
    count += 1;
    const name = `c${process.pid.toString(36)}-${count}`;
    const [port = 0] = portCandidates(user, name);
    if (taken.has(port) || (await systemNetwork.probe('127.0.0.1', port)) !== 'free') continue;
    taken.add(port);
    return name;
  }
}
