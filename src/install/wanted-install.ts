import type { Change } from './change.ts';
import { type ForeignInstall, foreignChanges, prepareForeignInstall } from './foreign.ts';
import { readDefinition } from './read-definition.ts';
import { type InstallRequest, type Wanted, wantedDefinition } from './wanted.ts';

/** What is to be installed. */
export interface WantedInstall {
  wanted: Wanted;
  /** What a foreign daemon needs; absent for the bundled one. */
  foreign: ForeignInstall | undefined;
}

/**
 * The definition with what the command line says in it, checked, and what it comes to. Apart from the rest because it
 * brings the schemas, which take long to load: that is done while the manager is asked.
 * Throws `configuration` with the field that is wrong, `permission` when something cannot be read.
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
