import type { ExpectedPort } from '../adapters/place-schema.ts';
import { MemorydError } from '../errors.ts';
import { fill } from '../service/placeholder.ts';
import { editHint } from '../service/shell-line.ts';
import type { System } from '../system/system.ts';
import { fieldAt } from './field.ts';
import type { PortSource } from './spec.ts';

/**
 * `ours`: the first free candidate of the service. `known`: the daemon has its port from elsewhere, and we only look
 * there.
 */
export type PortRule = { kind: 'ours' } | { kind: 'known'; port: number };

/** Windows has no user ids, so all of its users expect the same port there. */
export function expectedPort(port: ExpectedPort, uid: number): number {
  return typeof port === 'number' ? port : port.base + ((uid < 0 ? port.withoutUid : uid) % port.uidModulo);
}

function usable(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535
    ? (port as number)
    : undefined;
}

/** The port in the text of a settings file. A daemon that cannot read its settings uses its default, and so do we. */
function portIn(text: string, field: string): number | undefined {
  try {
    return usable(fieldAt(JSON.parse(text), field));
  } catch {
    return undefined;
  }
}

async function fromFile(
  { files, user }: Pick<System, 'files' | 'user'>,
  source: Extract<PortSource, { kind: 'file' }>,
): Promise<number> {
  for (const template of source.paths) {
    const path = fill(template, { home: user.home });
    const read = await files.read(path);
    if (read.kind === 'absent') continue;
    const port = read.kind === 'content' ? portIn(read.text, source.field) : undefined;
    if (port !== undefined && port < 1024) {
      throw new MemorydError('configuration', `${path}: ${source.field}: must be between 1024 and 65535`, {
        hint: editHint(path),
      });
    }
    return port ?? expectedPort(source.port, user.uid);
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
