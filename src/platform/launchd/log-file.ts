import { posix } from 'node:path';
import { MemorydError } from '../../errors.ts';
import { keepHint } from '../../service/shell-line.ts';
import type { Files } from '../../system/files.ts';

/** Beyond this the file is cut: launchd never does, and failed to start a job over a file of 3.7 GB (M11). */
export const maxBytes = 1024 * 1024;

/** What stays of a file that is cut; of one too big to be read at all, nothing. */
const keptBytes = 64 * 1024;
const readableBytes = 64 * maxBytes;

async function tail(files: Files, path: string, size: number): Promise<Uint8Array> {
  if (size > readableBytes) return new Uint8Array();
  const read = await files.read(path);
  return read.kind === 'content' ? read.bytes.subarray(-keptBytes) : new Uint8Array();
}

/**
 * Makes the file that launchd will open for a job's stderr, its directory too, and keeps it small: launchd makes
 * neither the directory nor a readable error when it cannot open it (exit 78). For a job that is not loaded.
 * Throws `permission` when something else is in its place.
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
