import { join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import { syncFileNames } from '../../service/sync-protocol.ts';
import { closeToOthers, exactDirectory, isTaken, stageDirectory } from './directories.ts';
import { directoryNames } from './directory-names.ts';
import { lockFileName } from './lock-file.ts';
import { plainStats, readPlain, replacePlain } from './plain-file.ts';

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
  await replacePlain(directory, marker, Buffer.from(`${JSON.stringify({ id })}\n`));
}

/** Whether a directory belongs to one project. */
export function isClaimed(path: string): boolean {
  return plainStats(join(path, marker)) !== undefined;
}

/**
 * Gives the directory that has the name of this project only, or `undefined`. On a file system that ignores case,
 * Linux does not give the real spelling of a name. The marker shows whose directory it is.
 */
export function ownDirectory(root: string, id: string): string | undefined {
  for (const name of directoryNames(id).own) {
    const path = exactDirectory(root, name);
    if (path !== undefined && (claimantOf(path) ?? id) === id) return path;
  }
  return undefined;
}

/** Gives the directory of the old server for this id, whose name other ids share, or `undefined`. */
export function sharedDirectory(root: string, id: string): string | undefined {
  const name = directoryNames(id).shared;
  const path = name === undefined ? undefined : exactDirectory(root, name);
  return path !== undefined && isClaimed(path) ? exactDirectory(path, leftBehind) : path;
}

/** Creates the directory of a project with a copy of the files in `from`. */
export async function createDirectory(
  root: string,
  id: string,
  from: string | undefined,
  log: Log,
): Promise<string> {
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

/**
 * Makes a directory belong to one project, and keeps a copy for the others. After a kill the copy may exist without the
 * marker. Nothing was written since, so the copy is kept.
 */
export async function claimDirectory(path: string, id: string, log: Log): Promise<string> {
  if (isClaimed(path)) return path;
  closeToOthers(path);
  const copy = join(path, leftBehind);
  if (!isTaken(copy)) await stageDirectory(path, copy, (staged) => copyInto(path, staged));
  await writeMarker(path, id);
  log('sync.project_claimed', { project: id, directory: path });
  return path;
}
