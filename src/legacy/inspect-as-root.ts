import { refusedElevation } from '../install/elevate.ts';
import { checkReader, openToOthers, outputAsRoot, treeAsRoot } from '../install/read-as-root.ts';
import { realPath } from '../system/real-path.ts';
import type { System } from '../system/system.ts';
import { measureTree } from '../system/tree/record.ts';
import type { DataState } from './finding.ts';
import { existingAncestors, fileReader, treeReader } from './read-as.ts';

/**
 * Reads the text of a file as the account that owns it. Gives '' when there is no file. With `root` as the account,
 * root reads the file only where no other account can change it.
 * Throws `permission` when root is refused, `failed` when the file must not be read as root.
 */
export async function textAsRoot(system: System, account: string, path: string): Promise<string> {
  const reason = `read ${path}`;
  const place = realPath(path);
  if (!(await isThere(system, place, reason))) return '';
  const reader = fileReader(system.platform, account, place);
  await checkReader(system, reader, reason);
  return outputAsRoot(system, reader.argv, reason);
}

/**
 * Gives the account that reads a file of a service's configuration: root where only root can change the file, else the
 * service's account.
 */
export async function readerOf(system: System, runsAs: string, path: string): Promise<string> {
  const reason = `read ${path}`;
  const place = realPath(path);
  if (!(await isThere(system, place, reason))) return 'root';
  const reader = fileReader(system.platform, 'root', place);
  return (await openToOthers(system, reader, reason)) === undefined ? 'root' : runsAs;
}

/** Whether a path exists for root. find(1) fails when any of its paths is absent, so its exit code 1 is accepted. */
async function isThere(system: System, path: string, reason: string): Promise<boolean> {
  const found = await outputAsRoot(system, existingAncestors(path), reason, [1]);
  const lines = found.split('\n');
  // `/` always exists, so an output without it means that root was refused.
  if (!lines.includes('/')) throw refusedElevation(reason, found);
  return lines.includes(path);
}

/**
 * Measures a directory, read as the account that owns it. Changes nothing.
 * Throws `failed` for entries that cannot be copied.
 */
export async function dataAsRoot(system: System, account: string, path: string): Promise<DataState> {
  const reason = `look into ${path}`;
  const place = realPath(path);
  if (!(await isThere(system, place, reason))) return { kind: 'absent', path };
  // The daemon still runs. tar exits with 1 when a file changed while it was read, and only the sizes are needed.
  const records = treeAsRoot(system, treeReader(system.platform, account, place), path, reason, [1]);
  const { files, bytes, allocated } = await measureTree(records);
  return { kind: 'directory', path, mine: false, rootOnly: true, files, bytes, allocated, obstacles: [] };
}
