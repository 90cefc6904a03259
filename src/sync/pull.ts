import { type SyncLock, syncFileNames } from '../service/sync-protocol.ts';
import { sha256 } from './folder.ts';
import type { FileOutcome, SyncOutcome } from './outcome.ts';
import { refusedFile, refusesFile } from './refused.ts';
import { comparePair, giveLockBack, type Pair, type SyncSession, takeLock } from './session.ts';
import type { Trouble } from './trouble.ts';

/** Downloads one file. The agreed state is written last: if interrupted before that, the next pull repeats it. */
async function download(
  { remote, folder, state }: SyncSession,
  { name, local }: Pair,
): Promise<FileOutcome | Trouble> {
  const reply = await remote.download(name);
  if (await refusesFile(remote, reply)) return refusedFile(name, 'downloaded', reply);
  if (reply.kind !== 'ok') return reply;
  const { content, mtime } = reply.value;
  const digest = sha256(content);
  const agreed = { sha256: digest, size: Buffer.byteLength(content), mtime };
  if (local?.sha256 === digest) {
    await state.recordAgreed(name, agreed);
    return { name, did: 'nothing' };
  }
  const backup = await folder.replace(name, content);
  await state.recordAgreed(name, agreed);
  return { name, did: 'downloaded', ...(backup === undefined ? {} : { backup }) };
}

async function pullFile(session: SyncSession, pair: Pair): Promise<FileOutcome | Trouble> {
  const { name, difference } = pair;
  if (difference.kind === 'not-text') {
    return { name, did: 'nothing', warning: `${name} is not UTF-8 text and stays as it is` };
  }
  if (difference.kind !== 'server-newer') return { name, did: 'nothing' };
  const outcome = await download(session, pair);
  if (!difference.conflict || !('did' in outcome) || outcome.backup === undefined) return outcome;
  const warning = `${name} was changed on both sides; the server's is newer, yours is kept as ${outcome.backup}`;
  return { ...outcome, warning };
}

/** Downloads newer files. Files that cannot be downloaded stay unchanged. */
async function pullFiles(session: SyncSession): Promise<Pick<SyncOutcome, 'files' | 'trouble'>> {
  const listed = await session.remote.list();
  if (listed.kind !== 'ok') return { files: [], trouble: listed };
  const files: FileOutcome[] = [];
  for (const name of syncFileNames) {
    const outcome = await pullFile(session, await comparePair(session, name, listed.value));
    if ('kind' in outcome) return { files, trouble: outcome };
    files.push(outcome);
  }
  return { files };
}

/**
 * Starts a session: health → lock → list → download newer files. Keeps the lock, except after trouble. Throws only
 * errors of the local disk, after releasing the lock.
 */
export async function pull(session: SyncSession): Promise<SyncOutcome> {
  const health = await session.remote.health();
  if (health.kind !== 'ok') return { files: [], trouble: health };
  const lock = await takeLock(session);
  if (lock.kind !== 'ok') return { files: [], trouble: lock };
  let kept: SyncLock | undefined;
  try {
    const outcome = await pullFiles(session);
    if (outcome.trouble === undefined) kept = lock.value;
    return { ...outcome, lock: kept };
  } finally {
    if (kept === undefined) await giveLockBack(session);
  }
}
