import type { FileEntry } from '../service/sync-protocol.ts';

/** A file as it was when both sides last agreed. `mtime` is that of the server. */
export interface Agreed {
  sha256: string;
  size: number;
  mtime: string;
}

/** A local file. */
export interface LocalFile {
  sha256: string;
  mtimeMs: number;
}

/** How the two sides of one file differ. `conflict`: both changed, and the newer one wins. */
export type Difference =
  | { kind: 'absent' | 'same' }
  | { kind: 'server-newer' | 'local-newer'; conflict: boolean };

/**
 * Compares a local file with the one on the server, given the last agreed state (pure). The agreed state decides which
 * side changed. The clocks, which may differ, only decide if both did.
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
