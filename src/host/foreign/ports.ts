import { MemorydError } from '../../errors.ts';
import { portRule } from '../../foreign/port.ts';
import type { PortSource } from '../../foreign/spec.ts';
import type { RunContext } from '../context.ts';
import { wishFor } from '../occupy.ts';
import { writePort } from '../port-file.ts';

const host = '127.0.0.1';

/** `taken`: it is the only port there is, and somebody has it. */
export type PortChoice = { kind: 'free'; port: number } | { kind: 'taken'; port: number };

/**
 * Where the next child is to listen. A port of our choice is the first that can be bound, and is kept for next time
 * (W16); a port of the daemon's own is looked up anew.
 */
export async function choosePort(context: RunContext, source: PortSource): Promise<PortChoice> {
  const { system, paths } = context;
  const rule = await portRule(system, source);
  const isFree = async (port: number) => (await system.network.probe(host, port)) === 'free';
  if (rule.kind === 'known') return { kind: (await isFree(rule.port)) ? 'free' : 'taken', port: rule.port };
  const { ports, fixed, preferred, persisted } = await wishFor(host, context);
  for (const port of ports) {
    if (!(await isFree(port))) continue;
    if (persisted?.port !== port || persisted.preferred !== preferred) {
      await writePort(system.files, paths, { preferred, port });
    }
    return { kind: 'free', port };
  }
  if (fixed) return { kind: 'taken', port: ports[0] as number };
  throw new MemorydError('failed', `none of the ports ${Math.min(...ports)}-${Math.max(...ports)} is free`);
}
