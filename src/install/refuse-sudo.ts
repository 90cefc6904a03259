import { MemorydError } from '../errors.ts';
import type { System } from '../system/system.ts';

/**
 * Throws `permission` when root acts for another user through sudo: the service and its files would belong to root (L14).
 * Root without sudo (a container, a server's root login) is a user like any other.
 */
export function refuseSudo({ env, user }: System): void {
  const behind = env.SUDO_USER;
  if (user.uid !== 0 || behind === undefined || behind === '' || behind === 'root') return;
  const message = `run through sudo: the service would belong to root and not to ${behind}; run it without sudo`;
  // sudo(8) sets it to the command line that it runs.
  const ran = env.SUDO_COMMAND ?? '';
  throw new MemorydError('permission', message, /memoryd/.test(ran) ? { hint: ran } : {});
}
