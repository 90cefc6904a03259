/** The five files that are synced. Every other name is refused. */
export const syncFileNames = [
  'log.jsonl',
  'summary.json',
  'summary.md',
  'remembered.json',
  'entities.json',
] as const;

export type SyncFileName = (typeof syncFileNames)[number];

/** A lock as clients see it and as `.lock.json` keeps it. Times are ISO 8601 in UTC. */
export interface SyncLock {
  clientId: string;
  acquiredAt: string;
  expiresAt: string;
}

/** A file as the list shows it: bytes, and the ISO time at which the server stored it. */
export interface FileEntry {
  name: SyncFileName;
  size: number;
  mtime: string;
}

export function isSyncFileName(name: string): name is SyncFileName {
  return (syncFileNames as readonly string[]).includes(name);
}

/**
 * What is wrong with a project id; undefined if it is valid. Clients and proxies resolve `.` and `..` in paths, so
 * these never arrive. Control characters are not allowed.
 */
export function projectIdProblem(id: string): string | undefined {
  if (id === '' || id === '.' || id === '..') return 'project id is not allowed';
  return /[\u0000-\u001f\u007f]/.test(id) ? 'project id must not contain control characters' : undefined;
}
