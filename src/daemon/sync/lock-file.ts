import type { SyncLock } from '../../service/sync-protocol.ts';

/** The name that claude-mneme's server uses. Its users delete the file by hand to release a project. */
export const lockFileName = '.lock.json';

function isTime(value: unknown): value is string {
  return typeof value === 'string' && Number.isFinite(Date.parse(value));
}

/**
 * Parses a lock file. Gives `undefined` when it is invalid, so that an empty or partly written file does not lock a
 * project forever.
 */
export function parseLock(text: string): SyncLock | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { clientId, acquiredAt, expiresAt } = (value ?? {}) as Partial<Record<keyof SyncLock, unknown>>;
  if (typeof clientId !== 'string' || clientId === '' || !isTime(acquiredAt) || !isTime(expiresAt))
    return undefined;
  return { clientId, acquiredAt, expiresAt };
}

/** Gives the text of a lock file. */
export function formatLock(lock: SyncLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}
