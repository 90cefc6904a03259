import type { ExpectedPort } from '../adapters/schema.ts';
import { fill } from '../service/placeholder.ts';
import type { System } from '../system/system.ts';
import { fieldAt } from './field.ts';
import type { PortSource } from './spec.ts';

/**
 * `ours`: the first free candidate of the service. `known`: the daemon has its port from elsewhere, and we only look
 * there.
 */
export type PortRule = { kind: 'ours' } | { kind: 'known'; port: number };

/** Windows has no user ids, and claude-mem uses the first port for every user there. */
export function expectedPort(port: ExpectedPort, uid: number): number {
  return typeof port === 'number' ? port : port.base + (uid < 0 ? 0 : uid % port.uidModulo);
}

function usable(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535
    ? (port as number)
    : undefined;
}

async function fromFile(
  { files, user }: Pick<System, 'files' | 'user'>,
  source: Extract<PortSource, { kind: 'file' }>,
): Promise<number> {
  const read = await files.read(fill(source.path, { home: user.home }));
  if (read.kind === 'content') {
    try {
      const port = usable(fieldAt(JSON.parse(read.text), source.field));
      if (port !== undefined) return port;
    } catch {
      // If a daemon cannot read its settings, it uses its default, and so do we.
      return expectedPort(source.port, user.uid);
    }
  }
  return expectedPort(source.port, user.uid);
}

/** The port at which an external daemon will listen. Looked up at every start. */
export async function portRule(
  system: Pick<System, 'files' | 'user'>,
  source: PortSource,
): Promise<PortRule> {
  switch (source.kind) {
    case 'told':
    case 'none':
      return { kind: 'ours' };
    case 'fixed':
      return { kind: 'known', port: source.port };
    case 'own':
      return { kind: 'known', port: expectedPort(source.port, system.user.uid) };
    case 'file':
      return { kind: 'known', port: await fromFile(system, source) };
  }
}
