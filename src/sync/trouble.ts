import type { SyncLock } from '../service/sync-protocol.ts';

/** Why the server could not be used. The local files can always be used. */
export type Trouble =
  | { kind: 'unreachable'; why: string }
  | { kind: 'locked'; lock: SyncLock | undefined }
  | { kind: 'refused'; status: number; why: string };

export type SyncReply<T> = { kind: 'ok'; value: T } | Trouble;

/** One line for the user. */
export function describeTrouble(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'unreachable':
      return `the server cannot be reached: ${trouble.why}`;
    case 'locked':
      return trouble.lock === undefined
        ? 'the project is locked by another client'
        : `the project is locked by ${trouble.lock.clientId} until ${trouble.lock.expiresAt}`;
    case 'refused':
      return `the server answered ${trouble.status}: ${trouble.why}`;
  }
}
