import { type SyncFileName, syncFileNames } from '../service/sync-protocol.ts';
import { type LocalText, sha256 } from './folder.ts';
import type { FileOutcome, SyncOutcome } from './outcome.ts';
import { refusedFile, refusesFile } from './refused.ts';
import { comparePair, giveLockBack, type Pair, type SyncSession, takeLock } from './session.ts';
import type { Trouble } from './trouble.ts';

async function upload(
  { remote, state }: SyncSession,
  name: SyncFileName,
  local: LocalText,
): Promise<FileOutcome | Trouble> {
  const reply = await remote.upload(name, local.text);
  if (await refusesFile(remote, reply)) return refusedFile(name, 'sent', reply);
  if (reply.kind !== 'ok') return reply;
  await state.recordAgreed(name, {
    sha256: local.sha256,
    size: Buffer.byteLength(local.text),
    mtime: reply.value,
  });
  return { name, did: 'uploaded' };
}

/**
 * Both sides changed, by the records of this folder. If the server has the same content, an earlier upload succeeded
 * whose answer was lost. Otherwise the newer side wins, and content of the server is backed up before it is
 * overwritten.
 */
async function settle(
  session: SyncSession,
  name: SyncFileName,
  local: LocalText,
  wins: boolean,
): Promise<FileOutcome | Trouble> {
  const { remote, folder, state } = session;
  const reply = await remote.download(name);
  if (await refusesFile(remote, reply)) return refusedFile(name, 'compared', reply);
  if (reply.kind !== 'ok') return reply;
  const { content, mtime } = reply.value;
  if (sha256(content) === local.sha256) {
    await state.recordAgreed(name, { sha256: local.sha256, size: Buffer.byteLength(content), mtime });
    return { name, did: 'nothing' };
  }
  if (!wins) {
    const warning = `${name} was changed on both sides and the server's is newer: pull, then push what you still want`;
    return { name, did: 'nothing', warning };
  }
  const backup = await folder.backUp(name, 'server', content);
  const outcome = await upload(session, name, local);
  if (!('did' in outcome) || outcome.did !== 'uploaded') return outcome;
  const warning = `${name} was changed on both sides; yours is newer, the server's is kept as ${backup}`;
  return { ...outcome, backup, warning };
}

async function pushFile(
  session: SyncSession,
  { name, local, difference }: Pair,
): Promise<FileOutcome | Trouble> {
  if (difference.kind === 'not-text') {
    return { name, did: 'nothing', warning: `${name} is not UTF-8 text and is not sent` };
  }
  if (local === undefined || !('conflict' in difference)) return { name, did: 'nothing' };
  const newer = difference.kind === 'local-newer';
  if (difference.conflict) return await settle(session, name, local, newer);
  return newer ? await upload(session, name, local) : { name, did: 'nothing' };
}

async function pushFiles(session: SyncSession): Promise<Pick<SyncOutcome, 'files' | 'trouble'>> {
  const listed = await session.remote.list();
  if (listed.kind !== 'ok') return { files: [], trouble: listed };
  const files: FileOutcome[] = [];
  for (const name of syncFileNames) {
    const outcome = await pushFile(session, await comparePair(session, name, listed.value));
    if ('kind' in outcome) return { files, trouble: outcome };
    files.push(outcome);
  }
  return { files };
}

/**
 * Ends a session: upload newer files → release the lock, even after trouble. Takes the lock first if it expired or was
 * never held. Throws only errors of the local disk.
 */
export async function push(session: SyncSession): Promise<SyncOutcome> {
  const health = await session.remote.health();
  if (health.kind !== 'ok') return { files: [], trouble: health };
  const lock = await takeLock(session);
  if (lock.kind !== 'ok') return { files: [], trouble: lock };
  try {
    return await pushFiles(session);
  } finally {
    await giveLockBack(session);
  }
}
