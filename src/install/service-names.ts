import { definitionsDirectory } from '../layout.ts';
import { servicesWithUnit } from '../platform/find-unit.ts';
import { defaultService, namePattern } from '../service/name.ts';
import { usualRoots } from '../system/roots.ts';
import type { Machine } from './service-lock.ts';

/** The names of the services of this user, from their definitions; the default one if there are none. */
export async function serviceNames({ system, roots }: Pick<Machine, 'system' | 'roots'>): Promise<string[]> {
  const usual = usualRoots(system.platform, system.user.home);
  const places = new Set([roots, usual].map(definitionsDirectory));
  const files = await Promise.all([...places].map((place) => system.files.list(place)));
  const defined = files
    .flat()
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
  // A service that was installed from another shell may have its definition elsewhere (N07).
  const named = await servicesWithUnit(system);
  const names = [...new Set([...defined, ...named])].filter((name) => namePattern.test(name)).sort();
  return names.length === 0 ? [defaultService] : names;
}
