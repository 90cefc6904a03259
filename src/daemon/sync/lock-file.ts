import type { SyncLock } from '../../service/sync-protocol.ts';

/** The name claude-mneme's server uses; its users remove it by hand to free a project. */
export const lockFileName = '.lock.json';

function isTime(value: unknown): value is string {
  return typeof value === 'string' && Number.isFinite(Date.parse(value));
}

/** Reads a lock file; undefined when it is no lock: an empty or torn one must never lock forever. */
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

/** The text of a lock file. */
export function formatLock(lock: SyncLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}
