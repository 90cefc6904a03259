import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import { syncFileNames } from '../../service/sync-protocol.ts';
import { closeToOthers, exactDirectory, isTaken, removeStaging, stageDirectory } from './directories.ts';
import { directoryNames } from './directory-names.ts';
import { lockFileName } from './lock-file.ts';
import { flushDirectory, plainStats, readPlain, replacePlain, sweep } from './plain-file.ts';
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

// A directory with the marker belongs to the project that the marker names. A directory without one was made by
// claude-mneme's server, and every id that maps to its name reads it. After one project has claimed it, the others read
// a copy.
const marker = '.project.json';
const leftBehind = '.shared';

/** The id in a marker, or `undefined` when there is no readable marker. */
function claimantOf(path: string): string | undefined {
  const file = readPlain(join(path, marker));
  if (file === undefined) return undefined;
  try {
    const { id } = (JSON.parse(file.bytes.toString('utf8')) ?? {}) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function copyInto(from: string, to: string): Promise<void> {
  for (const name of [...syncFileNames, lockFileName]) {
    const file = readPlain(join(from, name));
    if (file !== undefined) await replacePlain(to, name, file.bytes, file.mtime);
  }
}

async function writeMarker(directory: string, id: string): Promise<void> {
  await replacePlain(directory, marker, Buffer.from(`${JSON.stringify({ id })}\n`), new Date());
}

/**
 * Makes the access to the project directories.
 * @param directory the root. It may be absent or a link, and may hold directories of claude-mneme's server.
 */
export function createProjects(directory: string, log: Log): Projects {
  const changes = createQueue();
  const swept = new Set<string>();

  function realRoot(): string | undefined {
    return isTaken(directory) ? realpathSync.native(directory) : undefined;
  }

  // On a file system that ignores case, Linux does not give the real spelling of a name. The marker shows whose
  // directory it is.
  function own(root: string, id: string): string | undefined {
    for (const name of directoryNames(id).own) {
      const path = exactDirectory(root, name);
      if (path !== undefined && (claimantOf(path) ?? id) === id) return path;
    }
    return undefined;
  }

  function isClaimed(path: string): boolean {
    return plainStats(join(path, marker)) !== undefined;
  }

  /** The directory of the old server for this id, whose name other ids share. */
  function shared(root: string, id: string): string | undefined {
    const name = directoryNames(id).shared;
    const path = name === undefined ? undefined : exactDirectory(root, name);
    return path !== undefined && isClaimed(path) ? exactDirectory(path, leftBehind) : path;
  }

  async function create(root: string, id: string, from: string | undefined): Promise<string> {
    for (const name of directoryNames(id).own) {
      const path = join(root, name);
      if (isTaken(path)) {
        log('sync.name_taken', { directory: path });
        continue;
      }
      await stageDirectory(root, path, async (staged) => {
        if (from !== undefined) await copyInto(from, staged);
        await writeMarker(staged, id);
      });
      log('sync.project_created', { project: id, directory: path, from });
      return path;
    }
    throw new MemorydError('failed', `no directory can be made for project ${id} in ${root}`);
  }

  /** After a kill the copy may exist without the marker. Nothing was written since, so the copy is kept. */
  async function claim(path: string, id: string): Promise<string> {
    if (isClaimed(path)) return path;
    closeToOthers(path);
    const copy = join(path, leftBehind);
    if (!isTaken(copy)) await stageDirectory(path, copy, (staged) => copyInto(path, staged));
    await writeMarker(path, id);
    log('sync.project_claimed', { project: id, directory: path });
    return path;
  }

  async function existing(id: string): Promise<string | undefined> {
    const root = realRoot();
    const path = root && own(root, id);
    if (path !== undefined) return await claim(path, id);
    const from = root && shared(root, id);
    return root && from && (await create(root, id, from));
  }

  async function make(id: string): Promise<string> {
    if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined)
      await flushDirectory(dirname(directory));
    const root = realpathSync.native(directory);
    const path = (await existing(id)) ?? (await create(root, id, undefined));
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
  function settled(id: string): string | undefined {
    const root = realRoot();
    const path = root && own(root, id);
    return path !== undefined && isClaimed(path) ? path : undefined;
  }

  return {
    find(id) {
      const root = realRoot();
      return root && (own(root, id) ?? shared(root, id));
    },
    existing: async (id) => settled(id) ?? (await changes.run(directory, () => existing(id))),
    async make(id) {
      const path = settled(id);
      return path !== undefined && swept.has(path) ? path : await changes.run(directory, () => make(id));
    },
  };
}
