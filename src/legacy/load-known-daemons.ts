import { allAdapters } from '../adapters/load.ts';
import type { Machine } from '../install/service-lock.ts';
import { type KnownDaemon, knownDaemons } from './known-daemons.ts';
import { loadOwnServices } from './own-services.ts';

/**
 * Gives the daemons of this machine's adapters and of this user's services. Ignores invalid adapter files, so that the
 * others are still found.
 */
export async function loadKnownDaemons({
  system,
  roots,
}: Pick<Machine, 'system' | 'roots'>): Promise<KnownDaemon[]> {
  const adapters = await allAdapters(system.files, roots);
  const valid = adapters.flatMap((file) => (file.kind === 'valid' ? [file.adapter] : []));
  return [
    ...knownDaemons(valid, system.user, system.platform),
    ...(await loadOwnServices({ system, roots })),
  ];
}
