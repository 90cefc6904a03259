import { firstPort, portCandidates } from '../../src/service/port.ts';
import { type BackendName, backendNames } from '../../src/service/unit.ts';
import { systemNetwork } from '../../src/system/network.ts';

/** More than are ever up at the same time. */
const recently = 8;
const recent: number[] = [];
let count = 0;

/**
 * A service name for a machine of its own. Machines share one network, so each has a preferred port that is free and
 * that none of the others has: each backend, which is a test file, keeps to its own share of the range.
 */
export async function freshName(backend: BackendName, user: string): Promise<string> {
  const share = backendNames.indexOf(backend);
  for (;;) {
    count += 1;
    const name = `c${process.pid.toString(36)}-${count}`;
    const [port = 0] = portCandidates(user, name);
    if ((port - firstPort) % backendNames.length !== share || recent.includes(port)) continue;
    if ((await systemNetwork.probe('127.0.0.1', port)) !== 'free') continue;
    recent.unshift(port);
    recent.length = Math.min(recent.length, recently);
    return name;
  }
}
