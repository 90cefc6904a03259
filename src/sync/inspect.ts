import { type SyncFileName, type SyncLock, syncFileNames } from '../service/sync-protocol.ts';
import { comparePair, type Pair, type SyncSession } from './session.ts';
import type { SyncReply } from './trouble.ts';

/** The difference between both sides. */
export interface Comparison {
  /** The holder of the lock; `ours` if this folder took it with an earlier `pull`. */
  lock: { kind: 'free' } | { kind: 'ours' | 'theirs'; lock: SyncLock };
  files: { name: SyncFileName; difference: Pair['difference'] }[];
}

/** Compares server and folder. Takes no lock and changes nothing. */
export async function inspect(session: SyncSession): Promise<SyncReply<Comparison>> {
  const { remote, state } = session;
  const health = await remote.health();
  if (health.kind !== 'ok') return health;
  const holder = await remote.holder();
  if (holder.kind !== 'ok') return holder;
  const listed = await remote.list();
  if (listed.kind !== 'ok') return listed;
  const files: Comparison['files'] = [];
  for (const name of syncFileNames) {
    const { difference } = await comparePair(session, name, listed.value);
    files.push({ name, difference });
  }
  const { value: lock } = holder;
  if (lock === undefined) return { kind: 'ok', value: { lock: { kind: 'free' }, files } };
  const kind = lock.clientId === state.clientId ? 'ours' : 'theirs';
  return { kind: 'ok', value: { lock: { kind, lock }, files } };
}
