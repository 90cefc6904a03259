import type { ServicePaths } from '../layout.ts';
import type { Files } from '../system/files.ts';

/** Why the host gave up for good, as it wrote it. */
export async function readParked(_files: Files, _paths: ServicePaths): Promise<string | undefined> {
  return undefined;
}

/** The last thing a host that did not come up said. */
export async function lastWords(files: Files, paths: ServicePaths): Promise<string | undefined> {
  return readParked(files, paths);
}
