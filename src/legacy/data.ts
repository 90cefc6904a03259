import type { Files } from '../system/files.ts';
import type { User } from '../system/system.ts';
import { inspectTree, type TreeSummary } from '../system/tree/inspect.ts';
import { shownName } from '../system/tree/names.ts';
import type { DataExtent, DataState } from './finding.ts';

/** The size of a tree, and the entries that cannot be copied. */
function extentOf({
  files,
  bytes,
  allocated,
  unreadable,
  devices,
  outward,
  borrowed,
}: TreeSummary): DataExtent {
  const obstacles = [
    ...unreadable.map((name) => `${shownName(name)} cannot be read`),
    ...devices.map((name) => `${shownName(name)} is a device`),
    ...outward.map((name) => `${shownName(name)} leads out of it`),
    ...borrowed.map((name) => `${shownName(name)} is another account's file under a second name`),
  ];
  return { files, bytes, allocated, obstacles };
}

/**
 * Inspects a data directory. Gives `closed` for a directory of another account that this user cannot read.
 * Changes nothing.
 */
export async function probeData(files: Files, user: User, path: string | undefined): Promise<DataState> {
  if (path === undefined) return { kind: 'unknown' };
  const seen = await files.inspect(path);
  if (seen.kind === 'absent') return { kind: 'absent', path };
  if (seen.kind === 'unreadable') return { kind: 'closed', path };
  const tree = await inspectTree(path);
  // Windows has no owner ids, so data in the user's home counts as the user's.
  const mine = user.uid >= 0 ? seen.stats.uid === user.uid : path.startsWith(user.home);
  if (!mine && tree.unreadable.length > 0) return { kind: 'closed', path };
  const extent = extentOf(tree);
  // Data of this user stays in place, and the new daemon could not write another account's files in it.
  const others = mine ? tree.others.map((name) => `${shownName(name)} belongs to another account`) : [];
  const obstacles = [...extent.obstacles, ...others];
  return { kind: 'directory', path, mine, rootOnly: false, ...extent, obstacles };
}
