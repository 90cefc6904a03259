import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';

/**
 * The path of the instance lock of a service. It is in the state directory, not in the runtime directory: two hosts
 * with different environments may use different runtime directories, but must use the same lock.
 */
export function instanceLockPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'instance.lock');
}
