import { definitionsDirectory } from '../layout.ts';
import { defaultService, namePattern } from '../service/name.ts';
import type { Machine } from './service-lock.ts';

/** The names of the services of this user, from their definitions; the default one if there are none. */
export async function serviceNames({ system, roots }: Pick<Machine, 'system' | 'roots'>): Promise<string[]> {
  const files = await system.files.list(definitionsDirectory(roots));
  const names = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .filter((name) => namePattern.test(name));
  return names.length === 0 ? [defaultService] : names;
}
