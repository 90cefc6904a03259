import type { ExpectedPort } from '../adapters/schema.ts';
import { fill } from '../service/placeholder.ts';
import type { System } from '../system/system.ts';
import { fieldAt } from './field.ts';
import type { PortSource } from './spec.ts';

/** `ours`: the first free one of the service's own candidates. `known`: the daemon has it from elsewhere, we only look there. */
export type PortRule = { kind: 'ours' } | { kind: 'known'; port: number };

/** Windows has no user ids: claude-mem gives every user the first port there. */
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
      // A daemon that cannot read its own settings takes its default: so do we.
      return expectedPort(source.port, user.uid);
    }
  }
  return expectedPort(source.port, user.uid);
}

/** Where a foreign daemon will be found, looked up anew at every start. */
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
