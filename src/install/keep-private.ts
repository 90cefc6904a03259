import { runtimeCandidates } from '../host/rendezvous.ts';
import type { Roots } from '../layout.ts';
import { makePrivate } from '../system/private.ts';
import type { System } from '../system/system.ts';

/**
 * Makes the directories that hold tokens, secrets and memories and closes them before anything is put in them. Only
 * Windows needs that: there a file has the access list of its directory, whatever mode it is written with, and the
 * profile that ours lie in is open to administrators.
 * Throws `permission` when that is refused.
 */
export async function keepPrivate({ system, roots }: { system: System; roots: Roots }): Promise<void> {
  if (system.platform !== 'win32') return;
  const runtime = runtimeCandidates(system, roots).map(({ path }) => path);
  const directories = [...new Set([...Object.values(roots), ...runtime])];
  for (const directory of directories) await system.files.makeDirectory(directory);
  await makePrivate(system, directories);
}
