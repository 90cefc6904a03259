import { createConnection } from 'node:net';
import { type ConnectionReport, isOverloaded, overloadNote } from '../service/connection-report.ts';
import type { System } from '../system/system.ts';
import type { Endpoint } from './endpoint.ts';
import type { HealthBody, HostReport } from './report.ts';

/** What answers at the published address. A token must never be sent to a `stranger` (X05). */
export type Health =
  | { kind: 'healthy'; body?: HealthBody }
  /** It is ours, but cannot serve now. */
  | { kind: 'unhealthy'; why: string }
  | { kind: 'stranger'; why: string }
  | { kind: 'silent'; why: string }
  /**
   * Nothing answers over TCP, and the host reports over the control channel that other processes hold its connections.
   */
  | { kind: 'overloaded'; why: string };

/** How long to wait for TCP once the host has reported an overload, in ms. */
const overloadedMs = 300;

const deadlineMs = 2000;
const longestAnswer = 65_536;

function parseBody(text: string): Partial<HealthBody> | undefined {
  try {
    const value = JSON.parse(text) as Partial<HealthBody> | null;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const headEnd = '\r\n\r\n';

/** Whether the body has its Content-Length. Without that header the answer is complete when the connection ends. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf(headEnd);
  const length = head < 0 ? undefined : /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, head))?.[1];
  return length !== undefined && Buffer.byteLength(answer.slice(head + headEnd.length)) >= Number(length);
}

/** Compares a complete HTTP/1.1 answer with the published endpoint (pure). */
export function evaluateHealth(answer: string, endpoint: Endpoint): Health {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
  if (status === undefined) return { kind: 'stranger', why: 'it does not speak HTTP' };
  const body = parseBody(answer.slice(answer.indexOf(headEnd) + headEnd.length));
  for (const field of ['app', 'service', 'user', 'nonce'] as const) {
    if (body?.[field] !== endpoint[field]) return { kind: 'stranger', why: `its ${field} is another` };
  }
  if (status !== '200') return { kind: 'unhealthy', why: `status ${status}` };
  if (body?.status !== 'ok') return { kind: 'unhealthy', why: String(body?.status) };
  return { kind: 'healthy', body: body as HealthBody };
}

/**
 * The health of a live host: its answer over HTTP, or for an external daemon, which does not report our identity, the
 * report of its host over the control channel. `probe` is a probe that is already running. Never throws.
 */
export async function healthOf(
  system: Pick<System, 'clock'>,
  { endpoint, report }: { endpoint: Endpoint; report: HostReport },
  probe?: Promise<Health>,
): Promise<Health> {
  if (report.foreign === undefined) {
    const asked = probe ?? probeHealth(system, endpoint);
    return isOverloaded(report.connections) ? judgeOverloaded(system, asked, report.connections) : asked;
  }
  const { ready, why } = report.foreign;
  return ready ? { kind: 'healthy' } : { kind: 'unhealthy', why: why ?? 'not ready' };
}

/** The report over the control channel decides; waiting longer for TCP would not add anything. */
async function judgeOverloaded(
  { clock }: Pick<System, 'clock'>,
  asked: Promise<Health>,
  connections: ConnectionReport,
): Promise<Health> {
  const patience = Promise.withResolvers<undefined>();
  const timer = clock.after(overloadedMs, () => patience.resolve(undefined));
  const health = await Promise.race([asked, patience.promise]);
  timer.cancel();
  if (health !== undefined && health.kind !== 'silent') return health;
  return { kind: 'overloaded', why: overloadNote(connections).text };
}

/** Sends `GET /health` with little data and few modules: `fetch` costs 40 ms per start. Never throws. */
export function probeHealth(
  system: Pick<System, 'clock'>,
  endpoint: Endpoint,
  limitMs: number = deadlineMs,
): Promise<Health> {
  const { hostname, port, host } = new URL(endpoint.url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const finish = (health: Health) => {
      timer.cancel();
      socket.destroy();
      resolve(health);
    };
    const timer = system.clock.after(limitMs, () =>
      finish({ kind: 'silent', why: `no answer in ${limitMs} ms` }),
    );
    socket.setEncoding('utf8');
    socket.on('error', (error) => finish({ kind: 'silent', why: error.message }));
    socket.on('end', () =>
      finish(answer === '' ? { kind: 'silent', why: 'closed' } : evaluateHealth(answer, endpoint)),
    );
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > longestAnswer) finish({ kind: 'stranger', why: 'an endless answer' });
      else if (isWhole(answer)) finish(evaluateHealth(answer, endpoint));
    });
    socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
}
