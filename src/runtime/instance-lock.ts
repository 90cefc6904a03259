import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';

/**
 * Where the lock of a service's one host lies. With the state and not in the runtime directory: two hosts started from
 * different environments may choose different runtime directories, and must still meet here.
 */
export function instanceLockPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'instance.lock');
}
