import type { FileEntry, SyncFileName, SyncLock } from '../service/sync-protocol.ts';
import { compare, type Difference } from './compare.ts';
import type { Folder, LocalText } from './folder.ts';
import type { Remote } from './remote.ts';
import type { SyncState } from './state.ts';
import type { SyncReply } from './trouble.ts';

/** A folder, its project on a server, and their recorded state. */
export interface SyncSession {
  remote: Remote;
  folder: Folder;
  state: SyncState;
}

/** One file on both sides. */
export interface Pair {
  name: SyncFileName;
  local: LocalText | undefined;
  server: FileEntry | undefined;
  difference: Difference | { kind: 'not-text' };
}

/** Compares one file with the list of the server. */
export async function comparePair(
  { folder, state }: SyncSession,
  name: SyncFileName,
  listed: readonly FileEntry[],
): Promise<Pair> {
  const found = await folder.read(name);
  const server = listed.find((entry) => entry.name === name);
  if (found.kind === 'not-text') return { name, local: undefined, server, difference: found };
  const local = found.kind === 'text' ? found : undefined;
  return { name, local, server, difference: compare(local, server, state.agreed(name)) };
}

/** Takes the lock. A lock from an earlier `pull` of the same folder is taken over. */
export async function takeLock({ remote, state }: SyncSession): Promise<SyncReply<SyncLock>> {
  // Recorded first: if the process is killed after the server granted the lock, the next run still knows its client
  // id.
  if (remote.clientId === state.clientId) await state.hold(true);
  const first = await remote.acquire();
  if (first.kind === 'ok') return first;
  if (remote.clientId === state.clientId) {
    await state.hold(false);
    return first;
  }
  if (first.kind !== 'locked' || first.lock?.clientId !== state.clientId) return first;
  const handedOver = await remote.as(state.clientId).release();
  if (handedOver.kind !== 'ok') return handedOver;
  await state.hold(false);
  return await remote.acquire();
}

/** Releases the lock. If the server cannot be reached, the lock expires. */
export async function giveLockBack({ remote, state }: SyncSession): Promise<void> {
  await remote.release();
  if (remote.clientId === state.clientId) await state.hold(false);
}
