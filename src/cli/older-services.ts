import type { Machine } from '../install/change.ts';
import { idOf, legacyKinds } from '../legacy/finding.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Output } from './output.ts';

/** Docker may hang, and who holds a port is no service: both are only looked at by `migrate` itself. */
const kinds = legacyKinds.filter((kind) => kind !== 'docker' && kind !== 'process');

/** The older services of this machine that `migrate` would move, as it names them. What cannot be asked says nothing here. */
export async function olderServices(machine: Machine): Promise<string[]> {
  // What reads plists and registries takes longer to load than to run.
  const { detectLegacies } = await import('../legacy/detect.ts');
  const findings = await detectLegacies(machine, { kinds, unasked: () => undefined });
  return findings.filter(({ handling }) => handling.kind === 'migrate').map(idOf);
}

export function tellOlderServices(out: Output, ids: readonly string[]): void {
  if (ids.length === 0) return;
  out.talk(`older services found: ${ids.join(', ')}`);
  out.talk(`try: ${shellLine(['memoryd', 'migrate', '--from', ids[0] ?? ''])}`);
}
