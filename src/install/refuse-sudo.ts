import { MemorydError } from '../errors.ts';
import type { System } from '../system/system.ts';

/**
 * Throws `permission` when root acts for somebody else: the service would be root's, with root-owned files in a home (L14).
 * Root that is nobody's stand-in (a container, a server's root login) is a user like any other.
 */
export function refuseSudo({ env, user }: System): void {
  const behind = env.SUDO_USER;
  if (user.uid !== 0 || behind === undefined || behind === '' || behind === 'root') return;
  throw new MemorydError('permission', `run by sudo: the service would be root's, not ${behind}'s`, {
    hint: 'the same command without sudo',
  });
}
