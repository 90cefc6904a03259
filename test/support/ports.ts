// Tests run beside each other in one network, and services of one user hash to the same port. What must find its port
// free again after it was down has a port of its own, which no other test of the run uses.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../../src/errors.ts';
import { portCandidates } from '../../src/service/port.ts';

/** Services that several tests install as whoever runs them. Each takes the next port when its own is taken. */
const shared = ['memory', 'peer'];
/** The ports that those may come to. */
const neighbours = 4;

const own = new Set<number>();

function isShared(port: number): boolean {
  const { username } = userInfo();
  return shared.some((service) => portCandidates(username, service).slice(0, neighbours).includes(port));
}

/**
 * Claims the port that `service` of `user` prefers, until `release` is called. Gives `undefined` when another test has
 * it: the caller tries another name. `npm test` names the directory of the claims; without it, there is one test file.
 */
export function claimPort(user: string, service: string): { port: number; release(): void } | undefined {
  const [port = 0] = portCandidates(user, service);
  if (own.has(port) || isShared(port)) return undefined;
  const directory = process.env.MEMORYD_TEST_PORTS;
  const path = directory === undefined ? undefined : join(directory, String(port));
  if (directory !== undefined && path !== undefined) {
    mkdirSync(directory, { recursive: true });
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return undefined;
      throw error;
    }
  }
  own.add(port);
  return {
    port,
    release() {
      own.delete(port);
      if (path !== undefined) rmSync(path, { force: true });
    },
  };
}
