import { type ForeignInstall, foreignChanges, prepareForeignInstall } from './external.ts';
import { readDefinition } from './read-definition.ts';
import { type InstallRequest, type Wanted, wantedDefinition } from './requested-definition.ts';
import type { Change } from './service-lock.ts';

/** The definition to install. */
export interface WantedInstall {
  wanted: Wanted;
  /** What an external daemon needs; undefined for the bundled one. */
  foreign: ForeignInstall | undefined;
}

/**
 * The definition with the changes of the request, checked, and what follows from it. It is a separate module because
 * it loads the schemas, which takes long and is done while the manager is asked. Throws `usage` with the wrong flag,
 * `configuration` with the wrong field, `permission` if a file cannot be read.
 */
export async function wantedInstall(
  { machine: { system, roots }, service, paths }: Pick<Change, 'machine' | 'service' | 'paths'>,
  request: InstallRequest,
): Promise<WantedInstall> {
  const read = await readDefinition(system.files, paths);
  const changes = await foreignChanges(system, roots, service, read, request);
  const wanted = wantedDefinition(read, { ...request, name: service, changes }, paths.definition);
  const foreign = await prepareForeignInstall(system, roots, paths, wanted, request.secrets ?? {});
  return { wanted, foreign };
}
