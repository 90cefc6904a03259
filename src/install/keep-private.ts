import type { Roots } from '../layout.ts';
import { runtimeCandidates } from '../runtime/runtime-directory.ts';
import { makePrivate } from '../system/private.ts';
import type { System } from '../system/system.ts';

/**
 * Creates the directories for tokens, secrets and memories, and makes them private before anything is written. Only
 * Windows needs this: there a file has the access list of its directory, whatever its mode, and administrators can
 * read the user profile. Throws `permission` if that is refused.
 */
export async function keepPrivate({ system, roots }: { system: System; roots: Roots }): Promise<void> {
  if (system.platform !== 'win32') return;
  const runtime = runtimeCandidates(system, roots).map(({ path }) => path);
  const directories = [...new Set([...Object.values(roots), ...runtime])];
  for (const directory of directories) await system.files.makeDirectory(directory);
  await makePrivate(system, directories);
}
