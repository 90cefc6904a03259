import { posix } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { keepHint } from '../../service/shell-line.ts';
import type { Files } from '../../system/files.ts';

/**
 * Above this size the file is truncated. launchd never truncates it, and once failed to start a job because of a file
 * of 3.7 GB (M11).
 */
export const maxBytes = 1024 * 1024;

/** How much of a truncated file is kept; nothing of a file that is too large to read. */
const keptBytes = 64 * 1024;
const readableBytes = 64 * maxBytes;

async function tail(files: Files, path: string, size: number): Promise<Uint8Array> {
  if (size > readableBytes) return new Uint8Array();
  const read = await files.read(path);
  return read.kind === 'content' ? read.bytes.subarray(-keptBytes) : new Uint8Array();
}

/**
 * Creates the stderr file of a job and its directory, and keeps the file small. launchd creates no directory, and
 * gives no readable error if it cannot open the file (exit 78). Only for a job that is not loaded. Throws `permission`
 * if something else is at that path.
 */
export async function prepareLogFile(files: Files, path: string): Promise<void> {
  await files.makeDirectory(posix.dirname(path));
  const seen = await files.inspect(path);
  if (seen.kind === 'absent') return files.write(path, '', 0o600);
  if (seen.kind === 'file') {
    if (seen.stats.size > maxBytes) await files.write(path, await tail(files, path, seen.stats.size), 0o600);
    return;
  }
  throw new MemorydError('permission', `launchd cannot write its log: ${path} is not a plain file`, {
    hint: keepHint(path),
  });
}
