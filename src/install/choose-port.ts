import { MemorydError } from '../errors.ts';
import type { PortChoice } from '../runtime/port-file.ts';
import type { Definition } from '../service/definition.ts';
import { isFixedBasis, portBasis, portCandidates } from '../service/port.ts';
import type { System } from '../system/system.ts';

/**
 * The port to install with: fixed by the definition, else the current one, else the first candidate of the user that
 * can be bound (W16). `ours` is the port that our service or its manager holds now. Throws `failed` if a fixed port or
 * all candidates are taken.
 */
export async function choosePort(
  system: System,
  definition: Definition,
  persisted: PortChoice | undefined,
  ours: number | undefined,
): Promise<PortChoice> {
  const { user, platform } = system;
  const { name } = definition;
  const basis = portBasis(definition.port, user.name, name, platform);
  const { listen } = definition.daemon;
  const usable = async (port: number) =>
    port === ours || (await system.network.probe(listen, port)) === 'free';
  if (definition.port !== undefined) {
    if (await usable(definition.port)) return { basis, port: definition.port };
    throw new MemorydError('failed', `port ${definition.port} is taken by another program`, {
      hint: `memoryd install ${name} --port ${definition.port + 1}`,
    });
  }
  const candidates = portCandidates(user.name, name, platform);
  // An account that was renamed hashes to another port, of which no client knows: the service keeps its own (N34).
  const keeps = persisted !== undefined && !isFixedBasis(persisted.basis);
  const preferred = keeps ? [persisted.port, ...candidates] : candidates;
  for (const port of preferred) if (await usable(port)) return { basis, port };
  throw new MemorydError(
    'failed',
    `none of the ports ${Math.min(...candidates)}-${Math.max(...candidates)} is free`,
    {
      hint: `memoryd install ${name} --port 18321`,
    },
  );
}
