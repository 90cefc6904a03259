import { MemorydError } from '../../errors.ts';
import { portRule } from '../../external/port.ts';
import type { PortSource } from '../../external/spec.ts';
import { keepPort, portRequestFor } from '../../runtime/bind-port.ts';
import type { RunContext } from '../context.ts';

const host = '127.0.0.1';

/** `taken`: no other port is possible, and another process holds it. */
export type ChildPort = { kind: 'free'; port: number } | { kind: 'taken'; port: number };

/**
 * The port for the next child. If we choose it, it is the first that can be bound, and is kept for the next start
 * (W16). If the daemon chooses it, it is looked up again.
 */
export async function choosePort(context: RunContext, source: PortSource): Promise<ChildPort> {
  const { system, paths } = context;
  const rule = await portRule(system, source);
  const isFree = async (port: number) => (await system.network.probe(host, port)) === 'free';
  if (rule.kind === 'known') return { kind: (await isFree(rule.port)) ? 'free' : 'taken', port: rule.port };
  const request = await portRequestFor(host, context, context.log.write);
  for (const port of request.ports) {
    if (!(await isFree(port))) continue;
    await keepPort(system.files, paths, request, port);
    return { kind: 'free', port };
  }
  const ports = [...request.ports];
  if (request.fixed) return { kind: 'taken', port: ports[0] as number };
  throw new MemorydError('failed', `none of the ports ${Math.min(...ports)}-${Math.max(...ports)} is free`);
}
