import { dirname } from 'node:path';
import { MemorydError, messageOf } from '../errors.ts';
import type { Roots } from '../layout.ts';
import type { RefusedDirectory } from '../service/status.ts';
import { realPath } from '../system/real-path.ts';
import type { System } from '../system/system.ts';
import {
  type DirectoryCandidate,
  endpointPath,
  isTakenElsewhere,
  runtimeCandidates,
  socketPath,
  whyNotPrivate,
} from './runtime-directory.ts';

type ClaimSystem = Pick<System, 'platform' | 'env' | 'user' | 'files' | 'processes'>;

/** The path of a socket must fit into sun_path: 108 bytes on Linux, 104 on macOS, including a NUL. unix(7) */
const longestSocket = 103;

/** The space that a runtime directory must have. An endpoint file needs less. */
const trial = ' '.repeat(4096);

/** The path of the test file. If a host is killed during the test, an uninstall removes the file. */
export function trialPath(directory: string, service: string): string {
  return `${endpointPath(directory, service)}.trial`;
}

/**
 * Why other users could replace what is created in `path`; undefined if they cannot, because nobody else may write
 * there, or the sticky bit prevents renaming files of others. unlink(2)
 */
async function exposure(
  { files, user }: Pick<ClaimSystem, 'files' | 'user'>,
  path: string,
): Promise<string | undefined> {
  const seen = await files.inspect(realPath(path));
  if (seen.kind !== 'directory') return undefined;
  const { uid, mode } = seen.stats;
  if (uid !== user.uid && uid !== 0) return `${path} belongs to user ${uid}`;
  const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  return isOpen ? `other users may replace what is in ${path}` : undefined;
}

/** Why `directory` cannot be written; undefined if a test file was written and is on disk. */
async function writeFailure(
  { files }: Pick<ClaimSystem, 'files'>,
  directory: string,
  service: string,
): Promise<string | undefined> {
  const path = trialPath(directory, service);
  try {
    await files.write(path, trial, 0o600);
    await files.remove(path);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Why a host cannot publish in a candidate; undefined if it can. Creates the directory if it is absent. */
async function whyUnusable(
  place: ClaimSystem,
  roots: Roots,
  service: string,
  { path, parent }: DirectoryCandidate,
): Promise<string | undefined> {
  const length = Buffer.byteLength(socketPath(path, service));
  if (place.platform !== 'win32') {
    if (length > longestSocket)
      return `the path of its socket has ${length} bytes, more than ${longestSocket}`;
    const open =
      parent === undefined ? await exposure(place, dirname(path)) : await whyNotPrivate(place, parent);
    if (open !== undefined) return open;
  }
  if ((await place.files.inspect(path)).kind === 'absent') {
    const failure = await makeFailure(place, path);
    if (failure !== undefined) return failure;
  }
  const open = await whyNotPrivate(place, path);
  if (open !== undefined) return open;
  if (await isTakenElsewhere(place, roots, path, service))
    return 'a service of another home is published there';
  return writeFailure(place, path, service);
}

/** The runtime directory of a host, and the better candidates that could not be used. */
export interface ClaimedDirectory {
  path: string;
  refused: RefusedDirectory[];
}

/**
 * Returns the directory in which a host publishes: the first candidate that is private to this user, or can be created
 * so, and in which a file can be written to disk. Candidates that another user has created first, links (X05), and
 * directories used by another home are skipped and never changed. Throws `permission` if none is left, with the reason
 * for each.
 */
export async function claimRuntimeDirectory(
  place: ClaimSystem,
  roots: Roots,
  service: string,
): Promise<ClaimedDirectory> {
  const refused: RefusedDirectory[] = [];
  for (const candidate of runtimeCandidates(place, roots)) {
    const { path, parent } = candidate;
    // Without a login session its directory does not exist. That is not worth reporting.
    if (parent !== undefined && (await place.files.inspect(parent)).kind === 'absent') continue;
    const why = await whyUnusable(place, roots, service, candidate);
    if (why === undefined) return { path, refused };
    refused.push({ path, why });
  }
  const reasons = refused.map(({ path, why }) => `${path} (${why})`);
  throw new MemorydError('permission', `no private runtime directory: refused ${reasons.join(', ')}`);
}

/**
 * Another process may have created it meanwhile, or we may not write there. The caller checks the result afterwards.
 */
async function makeFailure({ files }: Pick<ClaimSystem, 'files'>, path: string): Promise<string | undefined> {
  try {
    await files.makeDirectory(path, 0o700);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
