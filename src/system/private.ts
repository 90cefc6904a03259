import { chmodSync } from 'node:fs';
import { MemorydError } from '../errors.ts';
import { currentSid } from './sid.ts';
import type { System } from './system.ts';

/** Local System. Names of accounts are localised; SIDs are not. */
const systemSid = 'S-1-5-18';

/**
 * Closes existing directories, and what is made in them from now on, to everybody but this user.
 * On Windows a file mode has no effect: the access list is replaced instead, and what lies inside inherits it.
 * Throws `permission` when that is refused.
 */
export async function makePrivate(
  system: Pick<System, 'platform' | 'exec'>,
  directories: readonly string[],
): Promise<void> {
  if (system.platform !== 'win32') {
    for (const directory of directories) chmodSync(directory, 0o700);
    return;
  }
  const user = await currentSid(system.exec);
  if (user.kind === 'missing')
    throw new MemorydError('permission', 'whoami was not found: cannot restrict access to this user');
  const grants = [user.sid, systemSid].map((sid) => `*${sid}:(OI)(CI)(F)`);
  for (const directory of directories) {
    // What was granted by name before would survive a /grant:r, so it starts from nothing.
    await icacls(system, directory, '/reset');
    await icacls(system, directory, '/inheritance:r', '/grant:r', ...grants);
  }
}

async function icacls({ exec }: Pick<System, 'exec'>, path: string, ...args: string[]): Promise<void> {
  const result = await exec.run(['icacls', path, ...args]);
  if (result.kind === 'exited' && result.code === 0) return;
  const words = 'stderr' in result ? result.stderr : 'icacls was not found';
  throw new MemorydError('permission', `cannot make ${path} private`, {
    words,
    hint: `icacls "${path}"`,
  });
}
