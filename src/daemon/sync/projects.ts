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
  /** Where a project's files are to be read, or undefined when it has none. Creates nothing. */
  find(id: string): string | undefined;
  /** Where they are to be written: a directory that is this project's alone. Undefined when it has none. */
  existing(id: string): Promise<string | undefined>;
  /** The same, made when there is none, freed of what a process before this one left half-written. One call at a time for an id. */
  make(id: string): Promise<string>;
}

// In a directory with the marker, only the project it names reads and writes. One without was left by claude-mneme's
// server, and every id that it turned into the same name goes on with what is in it: once it is claimed, from a copy.
const marker = '.project.json';
const leftBehind = '.shared';

/** The id that a marker names; undefined where there is no marker, or none that can be read. */
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

/** @param directory the root, which may be absent or a link and may hold what claude-mneme's server left */
export function createProjects(directory: string, log: Log): Projects {
  const changes = createQueue();
  const swept = new Set<string>();

  function realRoot(): string | undefined {
    return isTaken(directory) ? realpathSync.native(directory) : undefined;
  }

  // Linux does not say how a name is really spelt where `Foo` is `foo`, as on a Windows disk: the marker tells.
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

  /** What the old server kept for this id under a name that other ids have as well. */
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

  /** Killed in between, the copy is there and the marker is not: nothing was written since, and it is not made again. */
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

  /** What has been made this project's stays so: nobody need wait for the changes of others. */
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
