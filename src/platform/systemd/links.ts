import { posix } from 'node:path';
import { removeWhileEmpty } from '../../system/parents.ts';
import type { System } from '../../system/system.ts';
import { holdsLinks, unitNames } from './names.ts';
import { unitPathsOf } from './observe.ts';

/**
 * Removes the links in our unit directory that start the units of a service. `systemctl disable` reads [Install] of the
 * unit files, and leaves the links where a file was damaged by hand (N01).
 */
export async function removeLinks(
  system: Pick<System, 'env' | 'user' | 'files'>,
  service: string,
): Promise<void> {
  const { files } = system;
  const units = posix.dirname(unitPathsOf(system, service)[0]);
  for (const name of (await files.list(units)).filter(holdsLinks)) {
    const directory = posix.join(units, name);
    for (const unit of Object.values(unitNames(service))) {
      const path = posix.join(directory, unit);
      if ((await files.inspect(path)).kind === 'link') await files.remove(path);
    }
    await removeWhileEmpty([directory]);
  }
}
