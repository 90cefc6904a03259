import type { FileEntry } from '../service/sync-protocol.ts';

/** A file as both sides had it when they last agreed. `mtime` is the server's. */
export interface Agreed {
  sha256: string;
  size: number;
  mtime: string;
}

/** A file as it lies here. */
export interface LocalFile {
  sha256: string;
  mtimeMs: number;
}

/** How the two sides of one file stand. `conflict`: both changed, and the newer one wins by its time. */
export type Difference =
  | { kind: 'absent' | 'same' }
  | { kind: 'server-newer' | 'local-newer'; conflict: boolean };

/**
 * Compares a file here with the one on the server, given what both were when they last agreed (pure).
 * What was agreed decides who changed; the two clocks, which may differ, are only asked when both did.
 */
export function compare(
  local: LocalFile | undefined,
  server: FileEntry | undefined,
  agreed: Agreed | undefined,
): Difference {
  if (local === undefined)
    return server === undefined ? { kind: 'absent' } : { kind: 'server-newer', conflict: false };
  if (server === undefined) return { kind: 'local-newer', conflict: false };
  const localChanged = local.sha256 !== agreed?.sha256;
  const serverChanged = server.mtime !== agreed?.mtime || server.size !== agreed.size;
  if (!localChanged && !serverChanged) return { kind: 'same' };
  if (!serverChanged) return { kind: 'local-newer', conflict: false };
  if (!localChanged) return { kind: 'server-newer', conflict: false };
  return { kind: Date.parse(server.mtime) > local.mtimeMs ? 'server-newer' : 'local-newer', conflict: true };
}
