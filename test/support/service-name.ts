import { systemNetwork } from '../../src/system/network.ts';
import { claimPort } from './ports.ts';

let count = 0;

/** A service name whose preferred port is free, and no other test's until `release` is called. */
export async function freshName(user: string): Promise<{ name: string; release(): void }> {
  for (;;) {
    count += 1;
    const name = `c${process.pid.toString(36)}-${count}`;
    const claim = claimPort(user, name);
    if (claim === undefined) continue;
    if ((await systemNetwork.probe('127.0.0.1', claim.port)) === 'free')
      return { name, release: claim.release };
    // Somebody outside the tests has it.
    claim.release();
  }
}
