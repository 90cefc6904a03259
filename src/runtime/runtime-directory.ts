import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Roots, servicePaths } from '../layout.ts';
import { realPath } from '../system/real-path.ts';
import type { System } from '../system/system.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { isSameProcess } from './identity.ts';

type DirectorySystem = Pick<System, 'platform' | 'env' | 'user' | 'files'>;

/**
 * A directory for endpoint files. If `parent` is set, it must be a directory of this user too, because it protects
 * `path`.
 */
export interface DirectoryCandidate {
  path: string;
  parent?: string;
}

/** What is published at one candidate for one service. Candidates without an endpoint file are omitted. */
export type PublishedEndpoint =
  | { kind: 'unreadable'; path: string; why: string }
  | { kind: 'invalid'; path: string; why: string }
  | { kind: 'endpoint'; path: string; endpoint: Endpoint };

/**
 * The directories that all processes of a program and user share: in the session directory, or in a temporary directory
 * with the user id in its name.
 */
function sessionCandidates({ env, user }: Omit<DirectorySystem, 'files'>, app: string): DirectoryCandidate[] {
  const sessions = [env.XDG_RUNTIME_DIR, `/run/user/${user.uid}`];
  const temporaries = [env.TMPDIR, tmpdir(), '/tmp', '/var/tmp'];
  const absolute = (path: string | undefined): path is string => path?.startsWith('/') === true;
  return [
    ...sessions.filter(absolute).map((parent) => ({ path: join(parent, app), parent })),
    ...temporaries.filter(absolute).map((parent) => ({ path: join(parent, `${app}-${user.uid}`) })),
  ];
}

function localAppData({ env, user }: Omit<DirectorySystem, 'files'>): string {
  return env.LOCALAPPDATA ?? join(user.home, 'AppData', 'Local');
}

/**
 * All runtime directories that a host of ours may have used, in any environment, best first. The state directory is
 * last; no other user can create it first.
 */
export function runtimeCandidates(place: Omit<DirectorySystem, 'files'>, roots: Roots): DirectoryCandidate[] {
  const shared =
    place.platform === 'win32'
      ? [{ path: join(localAppData(place), 'memoryd', 'run') }]
      : sessionCandidates(place, 'memoryd');
  const all: DirectoryCandidate[] = [...shared, { path: join(roots.state, 'run') }];
  return all.filter(({ path }, index) => all.findIndex((other) => other.path === path) === index);
}

/** Why `path` is not a private directory of this user; undefined if it is. Links are not followed. */
export async function whyNotPrivate(
  { files, platform, user }: Omit<DirectorySystem, 'env'>,
  path: string,
): Promise<string | undefined> {
  const seen = await files.inspect(path);
  if (seen.kind === 'unreadable') return seen.why;
  if (seen.kind === 'absent') return 'it cannot be made';
  if (seen.kind !== 'directory') return `it is a ${seen.kind === 'other' ? 'special file' : seen.kind}`;
  if (platform === 'win32') return undefined;
  if (seen.stats.uid !== user.uid) return `it belongs to user ${seen.stats.uid}`;
  return (seen.stats.mode & 0o077) === 0 ? undefined : 'it is open to other users';
}

async function isPrivate(place: DirectorySystem, path: string): Promise<boolean> {
  return (await whyNotPrivate(place, path)) === undefined;
}

/**
 * The existing and private runtime directories of another program of this user. Other users could have written into
 * those that are not private. memtomem names them in this way; on Windows its number is always 0.
 */
export async function runtimeDirectoriesOf(place: DirectorySystem, app: string): Promise<string[]> {
  const candidates =
    place.platform === 'win32'
      ? [{ path: join(localAppData(place), 'Temp', `${app}-0`) }]
      : sessionCandidates(place, app);
  const paths = [...new Set(candidates.map(({ path }) => path))];
  const open = await Promise.all(paths.map((path) => isPrivate(place, path)));
  return paths.filter((_, index) => open[index]);
}

/** The path of the endpoint file of a service in a runtime directory. */
export function endpointPath(directory: string, service: string): string {
  return join(directory, `${service}.json`);
}

/** The path of the unix socket of a service in a runtime directory. */
export function socketPath(directory: string, service: string): string {
  return join(directory, `${service}.sock`);
}

/** The real paths of an installation's directories, so that different spellings compare equal. */
export function installationOf({ config, data, state }: Roots): string[] {
  return [config, data, state].map(realPath);
}

/** Whether the endpoint was published from another home of this user, which shares no directory with ours. */
function isElsewhere({ installation }: Endpoint, roots: Roots): boolean {
  // In most cases the paths are equal, and no link has to be resolved.
  if (installation === undefined || installation.includes(roots.state)) return false;
  const own = installationOf(roots);
  return !installation.some((path) => own.includes(path));
}

/**
 * Whether a live host of another home publishes a service of this name in the directory. Two homes share a directory if
 * there is no session directory, for example in a container, or in our tests.
 */
export async function isTakenElsewhere(
  place: DirectorySystem & Pick<System, 'processes'>,
  roots: Roots,
  directory: string,
  service: string,
): Promise<boolean> {
  const read = await place.files.read(endpointPath(directory, service));
  const parsed = read.kind === 'content' ? parseEndpoint(read.text) : undefined;
  return (
    parsed?.kind === 'valid' && isElsewhere(parsed.endpoint, roots) && isSameProcess(place, parsed.endpoint)
  );
}

async function readPublished(place: DirectorySystem, roots: Roots, directory: string, service: string) {
  const path = endpointPath(directory, service);
  const read = await place.files.read(path);
  // The content of another user's directory says nothing about our service.
  if (read.kind === 'absent' || !(await isPrivate(place, directory))) return undefined;
  if (read.kind === 'unreadable') return { kind: 'unreadable', path, why: read.why } as const;
  const parsed = parseEndpoint(read.text);
  if (parsed.kind === 'invalid') return { kind: 'invalid', path, why: parsed.why } as const;
  const { endpoint } = parsed;
  if (isElsewhere(endpoint, roots)) return undefined;
  if (endpoint.service !== service) return { kind: 'invalid', path, why: 'names another service' } as const;
  return { kind: 'endpoint', path, endpoint } as const;
}

/**
 * The file that records the last published directory. If only the environment of the host named that directory, it
 * could not be found otherwise.
 */
export function publishedAtPath(roots: Roots, service: string): string {
  return join(servicePaths(roots, service).state, 'published-at');
}

/** The directory in which the last host of the service published, in any environment; empty if it never ran. */
export async function recordedDirectory(
  { files }: Pick<DirectorySystem, 'files'>,
  roots: Roots,
  service: string,
): Promise<string[]> {
  const known = await files.read(publishedAtPath(roots, service));
  return known.kind === 'content' ? [known.text.trim()] : [];
}

/** All endpoints of `service` in all candidates, best candidate first. */
export async function readEndpoints(
  place: DirectorySystem,
  roots: Roots,
  service: string,
): Promise<PublishedEndpoint[]> {
  const recorded = await recordedDirectory(place, roots, service);
  const candidates = new Set([...recorded, ...runtimeCandidates(place, roots).map(({ path }) => path)]);
  const seen = await Promise.all([...candidates].map((path) => readPublished(place, roots, path, service)));
  return seen.filter((one) => one !== undefined);
}
