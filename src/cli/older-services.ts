import type { Machine } from '../install/service-lock.ts';
import { idOf, legacyKinds } from '../legacy/finding.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Output } from './output.ts';

/**
 * Docker may hang, and a process that holds a port is not a service. Only `migrate` itself looks at these two kinds.
 */
const kinds = legacyKinds.filter((kind) => kind !== 'docker' && kind !== 'process');

/** The ids of the older services that `migrate` would move. Kinds that cannot be queried are skipped. */
export async function olderServices(machine: Machine): Promise<string[]> {
  // The parsers of plists and registry files take longer to load than to run.
  const { detectLegacies } = await import('../legacy/detect.ts');
  const findings = await detectLegacies(machine, { kinds, unasked: () => undefined });
  return findings.filter(({ handling }) => handling.kind === 'migrate').map(idOf);
}

export function reportOlderServices(out: Output, ids: readonly string[]): void {
  if (ids.length === 0) return;
  out.info(`older services found: ${ids.join(', ')}`);
  out.info(`try: ${shellLine(['memoryd', 'migrate', '--from', ids[0] ?? ''])}`);
}
