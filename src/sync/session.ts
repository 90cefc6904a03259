import type { FileEntry, Lock, SyncFileName } from '../service/sync-protocol.ts';
import { compare, type Difference } from './compare.ts';
import type { Folder, LocalText } from './folder.ts';
import type { Remote } from './remote.ts';
import type { SyncState } from './state.ts';
import type { Reply } from './trouble.ts';

/** A folder, the project it is synced with, and what both remember. */
export interface Session {
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

/** How one file stands, given the server's list. */
export async function comparePair(
  { folder, state }: Session,
  name: SyncFileName,
  listed: readonly FileEntry[],
): Promise<Pair> {
  const found = await folder.read(name);
  const server = listed.find((entry) => entry.name === name);
  if (found.kind === 'not-text') return { name, local: undefined, server, difference: found };
  const local = found.kind === 'text' ? found : undefined;
  return { name, local, server, difference: compare(local, server, state.agreed(name)) };
}

/** Takes the lock. What is left of an earlier `pull` of this very folder is no other client's: it is handed over. */
export async function takeLock({ remote, state }: Session): Promise<Reply<Lock>> {
  // Kept first: killed after the server granted it, the next run still knows under which name.
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

/** Hands the lock back. A server that cannot be reached lets it run out. */
export async function giveLockBack({ remote, state }: Session): Promise<void> {
  await remote.release();
  if (remote.clientId === state.clientId) await state.hold(false);
}
