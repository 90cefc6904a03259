import { dirname, join } from 'node:path';
import { appDirectory } from '../layout.ts';
import { trialPath } from '../runtime/claim-runtime-directory.ts';
import {
  endpointPath,
  isTakenElsewhere,
  runtimeCandidates,
  socketPath,
} from '../runtime/runtime-directory.ts';
import { parentsBelow, removeWhileEmpty } from '../system/parents.ts';
import { halfWritten } from '../system/write-whole.ts';
import type { LockedService, Machine } from './service-lock.ts';

/** Removes temporary files that killed processes left beside the files at `paths`. */
async function sweepHalfWritten({ files }: Machine['system'], paths: readonly string[]): Promise<void> {
  for (const directory of new Set(paths.map(dirname))) {
    for (const name of await files.list(directory)) {
      const path = join(directory, name);
      if (paths.includes(halfWritten(path) ?? '')) await files.remove(path);
    }
  }
}

/** Removes what killed hosts left in runtime directories, and these directories if they are empty. */
async function sweepRuntime(
  { system, roots }: Machine,
  service: string,
  published: readonly string[],
): Promise<void> {
  const { files, user } = system;
  const candidates = runtimeCandidates(system, roots).map(({ path }) => path);
  for (const path of new Set([...published, ...candidates])) {
    const seen = await files.inspect(path);
    // A directory of another user is not touched.
    if (seen.kind !== 'directory' || (user.uid >= 0 && seen.stats.uid !== user.uid)) continue;
    if (await isTakenElsewhere(system, roots, path, service)) continue;
    await files.remove(endpointPath(path, service));
    await files.remove(socketPath(path, service));
    await files.remove(trialPath(path, service));
    await sweepHalfWritten(system, [endpointPath(path, service), trialPath(path, service)]);
    await removeWhileEmpty([path]);
  }
}

/**
 * The last part of an uninstall, after its journal is closed: removes leftovers of dead hosts, our lock file, and
 * empty directories up to our roots. `published` is the runtime directory of the last host, which this environment may
 * not point to; `unitPaths` is where units were. Returns what is left on purpose: memories and their backups.
 */
export async function sweep(
  {
    machine,
    service,
    paths,
    discardLock,
  }: Pick<LockedService, 'machine' | 'service' | 'paths' | 'discardLock'>,
  published: readonly string[],
  unitPaths: readonly string[],
): Promise<string[]> {
  const { roots, system } = machine;
  await sweepRuntime(machine, service, published);
  await discardLock();
  await sweepHalfWritten(system, [...Object.values(paths), ...unitPaths]);
  for (const path of [
    paths.definition,
    paths.lock,
    paths.state,
    paths.data,
    paths.backups,
    paths.logs,
    appDirectory(roots),
  ]) {
    const root = Object.values(roots).find((candidate) => path.startsWith(candidate)) ?? dirname(path);
    await removeWhileEmpty(parentsBelow(path, dirname(root)));
  }
  const memories = [paths.data, paths.backups];
  const seen = await Promise.all(memories.map((path) => system.files.inspect(path)));
  return memories.filter((_, index) => seen[index]?.kind !== 'absent');
}
