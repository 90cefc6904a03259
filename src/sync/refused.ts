import type { SyncFileName } from '../service/sync-protocol.ts';
import type { FileOutcome } from './outcome.ts';
import type { Remote } from './remote.ts';
import type { SyncReply, Trouble } from './trouble.ts';

type Refusal = Extract<Trouble, { kind: 'refused' }>;

/** Bad name or content, unknown file, too large. */
const ofTheFile = [400, 404, 413];

/**
 * Whether an answer refuses one file, so that the others can go on. 403 refuses the file as long as we hold the lock:
 * claude-mneme's server answers it both for a name that it does not take and for a lost lock.
 */
export async function refusesFile<T>(remote: Remote, reply: SyncReply<T>): Promise<boolean> {
  if (reply.kind !== 'refused') return false;
  if (ofTheFile.includes(reply.status)) return true;
  if (reply.status !== 403) return false;
  const holder = await remote.holder();
  return holder.kind === 'ok' && holder.value?.clientId === remote.clientId;
}

/** The outcome of a file that the server refused. `reply` is that answer. */
export function refusedFile<T>(name: SyncFileName, did: string, reply: SyncReply<T>): FileOutcome {
  const { status, why } = reply as Refusal;
  return { name, did: 'refused', warning: `${name} was not ${did}: the server answered ${status}, ${why}` };
}
