import { type ExternalInstall, externalRequest, prepareExternalInstall } from './external.ts';
import { readDefinition } from './read-definition.ts';
import {
  type InstallRequest,
  type RequestedDefinition,
  requestedDefinition,
} from './requested-definition.ts';
import type { LockedService } from './service-lock.ts';
import { unpinned } from './unpin.ts';

/** The definition to install. */
export interface RequestedInstall {
  requested: RequestedDefinition;
  /** What an external daemon needs; undefined for the bundled one. */
  external: ExternalInstall | undefined;
}

/**
 * The definition with the changes of the request, checked, and what follows from it. It is a separate module because
 * it loads the schemas, which takes long and is done while the manager is asked. Throws `usage` with the wrong flag,
 * `configuration` with the wrong field, `permission` if a file cannot be read.
 */
export async function requestedInstall(
  { machine: { system, roots }, service, paths }: Pick<LockedService, 'machine' | 'service' | 'paths'>,
  request: InstallRequest,
): Promise<RequestedInstall> {
  const stored = await readDefinition(system.files, paths);
  const read = request.changes.command === undefined ? await unpinned(system, roots, stored) : stored;
  const changes = await externalRequest(system, roots, service, read, request);
  const requested = requestedDefinition(read, { ...request, name: service, changes }, paths.definition);
  const external = await prepareExternalInstall(system, roots, paths, requested, request.secrets ?? {});
  return { requested, external };
}
