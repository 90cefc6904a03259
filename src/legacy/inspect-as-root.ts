import { refusedElevation } from '../install/elevate.ts';
import { checkReader, openToOthers, outputAsRoot, treeAsRoot } from '../install/read-as-root.ts';
import { realPath } from '../system/real-path.ts';
import type { System } from '../system/system.ts';
import { measureTree } from '../system/tree/record.ts';
import type { DataState } from './finding.ts';
import { fileReader, presence, treeReader } from './read-as.ts';

/**
 * A file's text, read as the account it belongs to; '' where there is none. With `root` as the account, root reads it
 * only where nobody else can change what lies there.
 */
export async function textAsRoot(system: System, account: string, path: string): Promise<string> {
  const reason = `read ${path}`;
  const place = realPath(path);
  if (!(await isThere(system, place, reason))) return '';
  const reader = fileReader(system.platform, account, place);
  await checkReader(system, reader, reason);
  return outputAsRoot(system, reader.argv, reason);
}

/** Who reads a file that the machine's manager gives to a service: root where it is root's alone, else the service's account. */
export async function readerOf(system: System, runsAs: string, path: string): Promise<string> {
  const reason = `read ${path}`;
  const place = realPath(path);
  if (!(await isThere(system, place, reason))) return 'root';
  const reader = fileReader(system.platform, 'root', place);
  return (await openToOthers(system, reader, reason)) === undefined ? 'root' : runsAs;
}

/** Whether something lies at a path, as root sees it: find fails when any of what it is asked for is absent. */
async function isThere(system: System, path: string, reason: string): Promise<boolean> {
  const found = await outputAsRoot(system, presence(path), reason, [1]);
  const lines = found.split('\n');
  // The root directory is always there: nothing at all is a refusal.
  if (!lines.includes('/')) throw refusedElevation(reason, found);
  return lines.includes(path);
}

/** How much there is in a directory, read as the account whose it is. Throws `failed` for what cannot be taken whole. */
export async function dataAsRoot(system: System, account: string, path: string): Promise<DataState> {
  const reason = `look into ${path}`;
  const place = realPath(path);
  if (!(await isThere(system, place, reason))) return { kind: 'absent', path };
  // The daemon still runs: tar's 1 says that a file changed meanwhile, and only the sizes are wanted.
  const records = treeAsRoot(system, treeReader(system.platform, account, place), path, reason, [1]);
  const { files, bytes, allocated } = await measureTree(records);
  return { kind: 'directory', path, mine: false, rootOnly: true, files, bytes, allocated, obstacles: [] };
}
