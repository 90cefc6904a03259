import type { Roots } from '../layout.ts';
import type { System } from '../system/system.ts';
import { askControl } from './control-client.ts';
import type { Endpoint } from './endpoint.ts';
import { isSameProcess, userId } from './identity.ts';
import type { HostReport } from './report.ts';
import { type PublishedEndpoint, readEndpoints } from './runtime-directory.ts';

/**
 * What is known of a service from its endpoint file and its control channel; HTTP is asked apart (see health-probe.ts).
 * - stale: the process that published it is gone, or its pid is somebody else's now
 * - silent: that very process lives and does not answer as it should
 */
export type EndpointState =
  | { kind: 'absent' }
  | { kind: 'unreadable'; path: string; why: string }
  | { kind: 'invalid'; path: string; why: string }
  | { kind: 'stale'; path: string; endpoint: Endpoint; why: string }
  | { kind: 'silent'; path: string; endpoint: Endpoint; why: string }
  | { kind: 'live'; path: string; endpoint: Endpoint; report: HostReport };

type Finder = Pick<System, 'platform' | 'env' | 'user' | 'files' | 'clock' | 'processes'>;

/** Of several files for one service the one that says most is right: a host that chose another directory left the rest. */
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
  // The nonce proves more than the process table can, so it is asked first.
  if (answer.kind === 'answered') return { kind: 'live', path, endpoint, report: answer.report };
  // A pipe lives as long as the process that made it, and its name holds the nonce: without it the pid is somebody
  // else's by now, which Windows has no other way to tell (X03).
  const isGone = system.platform === 'win32' && answer.kind === 'absent';
  const kind = !isGone && isSameProcess(system, endpoint) ? 'silent' : 'stale';
  const why = kind === 'stale' ? `process ${endpoint.pid} is gone` : answer.why;
  return { kind, path, endpoint, why };
}

/** All that is published for the service, in every runtime directory there may be, what says most first. */
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
 * Finds the service's endpoint in every runtime directory there may be, and asks it. Spawns nothing on Linux and Windows.
 * `meet` is told of each endpoint of this user before it is asked, for whatever else it can be asked meanwhile.
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
