import { allAdapters } from '../adapters/load.ts';
import type { Machine } from '../install/service-lock.ts';
import { type KnownDaemon, knownDaemons } from './known-daemons.ts';
import { loadOwnServices } from './own-services.ts';

/** The daemons of this machine's adapters, and what this user's services run. An adapter whose file is broken is no reason to find none. */
export async function loadKnownDaemons({
  system,
  roots,
}: Pick<Machine, 'system' | 'roots'>): Promise<KnownDaemon[]> {
  const adapters = await allAdapters(system.files, roots);
  const valid = adapters.flatMap((file) => (file.kind === 'valid' ? [file.adapter] : []));
  return [...knownDaemons(valid, system.user), ...(await loadOwnServices({ system, roots }))];
}
