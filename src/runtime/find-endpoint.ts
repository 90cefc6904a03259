import type { Roots } from '../layout.ts';
import type { System } from '../system/system.ts';
import { askControl } from './control-client.ts';
import type { Endpoint } from './endpoint.ts';
import { isSameProcess, userId } from './identity.ts';
import type { HostReport } from './report.ts';
import { type PublishedEndpoint, readEndpoints } from './runtime-directory.ts';

/**
 * The state of a service by its endpoint file and control channel; HTTP is probed separately (see health.ts).
 * - stale: the process that published it has ended, or another process has its pid
 * - silent: the process is alive but does not answer correctly
 */
export type EndpointState =
  | { kind: 'absent' }
  | { kind: 'unreadable'; path: string; why: string }
  | { kind: 'invalid'; path: string; why: string }
  | { kind: 'stale'; path: string; endpoint: Endpoint; why: string }
  | { kind: 'silent'; path: string; endpoint: Endpoint; why: string }
  | { kind: 'live'; path: string; endpoint: Endpoint; report: HostReport };

type Finder = Pick<System, 'platform' | 'env' | 'user' | 'files' | 'clock' | 'processes'>;

/**
 * If there are several files for one service, the first in this order counts: a host that used another directory left
 * the others.
 */
const order: readonly EndpointState['kind'][] = [
  'live',
  'silent',
  'unreadable',
  'invalid',
  'stale',
  'absent',
];

async function evaluate(
  system: Finder,
  roots: Roots,
  published: PublishedEndpoint,
  onEndpoint: (endpoint: Endpoint) => void,
): Promise<EndpointState> {
  if (published.kind !== 'endpoint') return published;
  const { path, endpoint } = published;
  if (endpoint.user !== userId(system)) return { kind: 'invalid', path, why: 'published by another user' };
  onEndpoint(endpoint);
  const answer = await askControl(system, roots, endpoint, 'report');
  // The control channel is asked first, because the nonce proves more than the process table.
  if (answer.kind === 'answered') return { kind: 'live', path, endpoint, report: answer.report };
  // A pipe exists as long as the process that created it, and its name contains the nonce. If it is absent, the pid
  // belongs to another process, which Windows cannot show in any other way (X03).
  const isGone = system.platform === 'win32' && answer.kind === 'absent';
  const kind = !isGone && isSameProcess(system, endpoint) ? 'silent' : 'stale';
  const why = kind === 'stale' ? `process ${endpoint.pid} is gone` : answer.why;
  return { kind, path, endpoint, why };
}

/** All endpoints of the service in all possible runtime directories, in the order of `order`. */
export async function findEndpoints(
  system: Finder,
  roots: Roots,
  service: string,
  onEndpoint: (endpoint: Endpoint) => void = () => undefined,
): Promise<EndpointState[]> {
  const published = await readEndpoints(system, roots, service);
  const states = await Promise.all(published.map((one) => evaluate(system, roots, one, onEndpoint)));
  return states.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/**
 * Finds the endpoint of the service in all possible runtime directories, and asks its host. Starts no process on Linux
 * and Windows. `onEndpoint` is called with each endpoint of this user before the host is asked, so that other requests
 * can run meanwhile.
 */
export async function findEndpoint(
  system: Finder,
  roots: Roots,
  service: string,
  onEndpoint: (endpoint: Endpoint) => void = () => undefined,
): Promise<EndpointState> {
  const [first] = await findEndpoints(system, roots, service, onEndpoint);
  return first ?? { kind: 'absent' };
}
