import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { Definition } from '../service/definition.ts';
import { portCandidates } from '../service/port.ts';
import type { System } from '../system/system.ts';

/** `port.json`: what the name hashes to, and what the service really has. */
export interface PortChoice {
  preferred: number;
  port: number;
}

const host = '127.0.0.1';

/** The persisted choice, if there is a usable one. */
export async function readPort(system: System, paths: ServicePaths): Promise<PortChoice | undefined> {
  const read = await system.files.read(paths.port);
  if (read.kind !== 'content') return undefined;
  try {
    const { preferred, port } = JSON.parse(read.text) as Partial<PortChoice>;
    return Number.isInteger(preferred) && Number.isInteger(port)
      ? ({ preferred, port } as PortChoice)
      : undefined;
  } catch {
    return undefined;
  }
}

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
  const usable = async (port: number) => port === ours || (await system.network.probe(host, port)) === 'free';
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
