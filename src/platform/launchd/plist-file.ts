import { MemorydError } from '../../errors.ts';
import { type Roots, servicePaths } from '../../layout.ts';
import { shellLine } from '../../service/shell-line.ts';
import type { Files } from '../../system/files.ts';
import type { User } from '../../system/system.ts';
import { receiptPaths } from '../receipt-paths.ts';
import { agentPath, parkedPath, systemWidePaths } from './label.ts';
import { readMark } from './mark.ts';

/** The plist of a service on disk. */
export type PlistFile =
  | { kind: 'absent' }
  | { kind: 'unreadable'; path: string; why: string }
  | { kind: 'foreign'; path: string; reason: string }
  /** `unit` is the digest in the plist, '' if it has lost it. `parked` means that it does not start at login. */
  | { kind: 'ours'; path: string; unit: string; parked: boolean; mode: number };

interface PlistContext {
  files: Files;
  user: User;
  roots: Roots;
}

/** launchd does not load a plist that others may write. */
export function othersMayWrite({ mode }: PlistFile & { kind: 'ours' }): boolean {
  return (mode & 0o022) !== 0;
}

/** Both paths of the plist of a service; first the one that launchd loads at login. */
export function plistPaths({ user, roots }: Omit<PlistContext, 'files'>, service: string): [string, string] {
  return [agentPath(user.home, service), parkedPath(servicePaths(roots, service).state, service)];
}

async function readOne(
  { files, user, roots }: PlistContext,
  service: string,
  path: string,
): Promise<PlistFile> {
  const seen = await files.inspect(path);
  if (seen.kind === 'absent') return seen;
  if (seen.kind === 'unreadable') return { ...seen, path };
  // A linked plist can be bootstrapped, but launchd reportedly skips it at login.
  if (seen.kind === 'link') return { kind: 'foreign', path, reason: `it is a link to ${seen.target}` };
  if (seen.kind !== 'file') return { kind: 'foreign', path, reason: 'it is not a file' };
  if (seen.stats.uid !== user.uid) {
    return { kind: 'foreign', path, reason: `it belongs to user ${seen.stats.uid}` };
  }
  const read = await files.read(path);
  if (read.kind === 'absent') return read;
  if (read.kind === 'unreadable') return { ...read, path };
  const mark = readMark(read.text, service);
  // `defaults write` makes a plist binary, and an edit may cut it short: then the receipt tells whose it is (N05).
  if (mark === undefined && !(await receiptPaths(files, roots, service)).has(path))
    return { kind: 'foreign', path, reason: 'memoryd did not write it' };
  const unit = mark?.unit ?? '';
  return { kind: 'ours', path, unit, parked: false, mode: seen.stats.mode & 0o777 };
}

/** Reads the plist of a service at both paths, and looks for a job with the same label for the whole Mac (M14). */
export async function readPlist(place: PlistContext, service: string): Promise<PlistFile> {
  for (const path of systemWidePaths(service)) {
    const { kind } = await place.files.inspect(path);
    if (kind !== 'absent')
      return { kind: 'foreign', path, reason: 'a job with the same label runs for the whole Mac' };
  }
  const [agent, parked] = plistPaths(place, service);
  const seen = await readOne(place, service, agent);
  if (seen.kind !== 'absent') return seen;
  const other = await readOne(place, service, parked);
  return other.kind === 'ours' ? { ...other, parked: true } : other;
}

/**
 * The plist, checked before bootstrap, because launchd gives no reason for a refusal to users other than root. Throws
 * `not-installed`, `configuration` (not ours) or `permission`.
 */
export async function usablePlist(
  place: PlistContext,
  service: string,
): Promise<PlistFile & { kind: 'ours' }> {
  const plist = await readPlist(place, service);
  if (plist.kind === 'absent') {
    throw new MemorydError(
      'not-installed',
      `"${service}" has no plist in ${agentPath(place.user.home, service)}`,
      {
        hint: `memoryd install ${service}`,
      },
    );
  }
  if (plist.kind === 'foreign') {
    throw new MemorydError('configuration', `${plist.path} is not ours: ${plist.reason}`);
  }
  if (plist.kind === 'unreadable') {
    throw new MemorydError('permission', `cannot read ${plist.path}: ${plist.why}`, {
      hint: shellLine(['ls', '-l', plist.path]),
    });
  }
  if (othersMayWrite(plist)) {
    throw new MemorydError('permission', `launchd refuses ${plist.path}: others may write it`, {
      hint: shellLine(['chmod', '644', plist.path]),
    });
  }
  return plist;
}
