import type { Log } from '../../service/log.ts';
import { makeDirectory, realDirectory, removeStaging } from './directories.ts';
import { sweep } from './plain-file.ts';
import {
  claimDirectory,
  createDirectory,
  isClaimed,
  ownDirectory,
  sharedDirectory,
} from './project-directory.ts';
import { createQueue } from './queue.ts';

/** The directories of the projects below one root. */
export interface Projects {
  /** Gives the directory to read a project's files from, or `undefined` when it has none. Creates nothing. */
  find(id: string): string | undefined;
  /** Gives the directory to write them to, which belongs to this project only. Gives `undefined` when it has none. */
  existing(id: string): Promise<string | undefined>;
  /**
   * The same, but creates the directory when there is none, and removes files that an earlier process left incomplete.
   * Only one call at a time for an id.
   */
  make(id: string): Promise<string>;
}

/**
 * Makes the access to the project directories.
 * @param directory the root. It may be absent or a link, and may hold directories of claude-mneme's server.
 */
export function createProjects(directory: string, log: Log): Projects {
  const changes = createQueue();
  const swept = new Set<string>();

  async function existing(id: string): Promise<string | undefined> {
    const root = realDirectory(directory);
    const path = root && ownDirectory(root, id);
    if (path !== undefined) return await claimDirectory(path, id, log);
    const from = root && sharedDirectory(root, id);
    return root && from && (await createDirectory(root, id, from, log));
  }

  async function make(id: string): Promise<string> {
    const root = await makeDirectory(directory);
    const path = (await existing(id)) ?? (await createDirectory(root, id, undefined, log));
    removeStaging(root);
    removeStaging(path);
    sweep(path);
    swept.add(path);
    return path;
  }

  /**
   * The directory if it already belongs to this project. That does not change any more, so the call need not wait for
   * other changes.
   */
  function claimed(id: string): string | undefined {
    const root = realDirectory(directory);
    const path = root && ownDirectory(root, id);
    return path !== undefined && isClaimed(path) ? path : undefined;
  }

  return {
    find(id) {
      const root = realDirectory(directory);
      return root && (ownDirectory(root, id) ?? sharedDirectory(root, id));
    },
    existing: async (id) => claimed(id) ?? (await changes.run(directory, () => existing(id))),
    async make(id) {
      const path = claimed(id);
      return path !== undefined && swept.has(path) ? path : await changes.run(directory, () => make(id));
    },
  };
}
