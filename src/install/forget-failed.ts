import { MemorydError, messageOf } from '../errors.ts';
import { recordedDirectory } from '../runtime/runtime-directory.ts';
import type { LockedService } from './service-lock.ts';
import { sweep } from './sweep.ts';

/**
 * Runs an install. When the first install of a service fails and is undone, what its processes wrote goes too: only the
 * log stays, because it says why. Throws what `work` throws.
 */
export async function forgettingFailed<T>(
  change: LockedService,
  unitPaths: () => readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const { files } = change.machine.system;
  const isFirst = (await files.inspect(change.paths.state)).kind === 'absent';
  try {
    return await work();
  } catch (error) {
    if (isFirst) await forgetAfter(error, change, unitPaths());
    throw error;
  }
}

async function forgetAfter(error: unknown, change: LockedService, unitPaths: readonly string[]) {
  const { machine, service, paths, journal } = change;
  const { system, roots } = machine;
  try {
    // Left where the undoing failed: the next run ends it, and needs all that is there.
    if ((await journal.read()) !== undefined) return;
    const published = await recordedDirectory(system, roots, service);
    await system.files.removeTree(paths.state);
    await sweep(change, published, unitPaths);
  } catch (second) {
    throw new MemorydError(
      'failed',
      `${messageOf(error)}; then removing its files failed: ${messageOf(second)}`,
      { hint: `memoryd uninstall ${service}`, cause: error },
    );
  }
}
