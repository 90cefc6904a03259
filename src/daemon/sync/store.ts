import { join } from 'node:path';
import { type FileEntry, type SyncFileName, syncFileNames } from '../../service/sync-protocol.ts';
import type { Clock } from '../../system/clock.ts';
import { plainStats, readPlain, replacePlain } from './plain-file.ts';

/** Gives the synced files of a directory, in the order of the names. */
export function listFiles(directory: string): FileEntry[] {
  const files: FileEntry[] = [];
  for (const name of syncFileNames) {
    const stats = plainStats(join(directory, name));
    if (stats !== undefined) files.push({ name, size: stats.size, mtime: stats.mtime.toISOString() });
  }
  return files;
}

/** Gives the text of a file and the modification time of exactly this text, or `undefined` when there is none. */
export function readSyncFile(
  directory: string,
  name: SyncFileName,
): { content: string; mtime: string } | undefined {
  const file = readPlain(join(directory, name));
  return file && { content: file.bytes.toString('utf8'), mtime: file.mtime.toISOString() };
}

/**
 * Stores a file and gives its modification time. New content always gets a later time, also when the wall clock was set
 * back or two writes fall into one millisecond, because clients compare it to decide what to download.
 * Throws the errors of the system.
 */
export async function writeSyncFile(
  directory: string,
  name: SyncFileName,
  bytes: Uint8Array,
  clock: Clock,
): Promise<string> {
  const before = plainStats(join(directory, name));
  const earliest = before === undefined ? 0 : before.mtime.getTime() + 1;
  await replacePlain(directory, name, bytes, new Date(Math.max(clock.now().getTime(), earliest)));
  const after = plainStats(join(directory, name));
  return (after?.mtime ?? clock.now()).toISOString();
}
