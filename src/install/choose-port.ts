import { MemorydError } from '../errors.ts';
import type { PortChoice } from '../host/port-file.ts';
import type { Definition } from '../service/definition.ts';
import { portCandidates } from '../service/port.ts';
import type { System } from '../system/system.ts';

/**
 * The port to install with: fixed by the definition, else the one it already has, else the first of the user's
 * candidates that can be bound (W16). `ours` is the port our own service or its manager holds now.
 * Throws `failed` when a fixed port is taken, or all candidates are.
 */
export async function choosePort(
  system: System,
  definition: Definition,
  persisted: PortChoice | undefined,
  ours: number | undefined,
): Promise<PortChoice> {
  const candidates = portCandidates(system.user.name, definition.name, system.platform);
  const preferred = definition.port ?? (candidates[0] as number);
  const { listen } = definition.daemon;
  const usable = async (port: number) =>
    port === ours || (await system.network.probe(listen, port)) === 'free';
  if (definition.port !== undefined) {
    if (await usable(definition.port)) return { preferred, port: definition.port };
    throw new MemorydError('failed', `port ${definition.port} is taken by another program`, {
      hint: `memoryd install ${definition.name} --port ${definition.port + 1}`,
    });
  }
  const wished = persisted?.preferred === preferred ? [persisted.port, ...candidates] : candidates;
  for (const port of wished) if (await usable(port)) return { preferred, port };
  throw new MemorydError(
    'failed',
    `none of the ports ${Math.min(...candidates)}-${Math.max(...candidates)} is free`,
    {
      hint: `memoryd install ${definition.name} --port 18321`,
    },
  );
}
