import { chmodSync } from 'node:fs';
import { MemorydError } from '../errors.ts';
import { currentSid } from './sid.ts';
import type { System } from './system.ts';

/** Local System. Account names are localised, SIDs are not. */
const systemSid = 'S-1-5-18';

/**
 * Restricts existing directories, and everything that is created in them later, to this user. File modes have no
 * effect on Windows: there the access list is replaced, and content inherits it. Throws `permission` if that is
 * refused.
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
    // Grants from before would survive /grant:r, so the list is reset first.
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
