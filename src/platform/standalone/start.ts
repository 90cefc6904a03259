import { MemorydError } from '../../errors.ts';
import { findEndpoint } from '../../runtime/find-endpoint.ts';
import { isSameProcess } from '../../runtime/identity.ts';
import { type Launched, launchErrorsPath, launchSupervisor } from '../../runtime/launch.ts';
import type { LaunchRecord } from '../../runtime/launch-record.ts';
import { allowStart, readRuns } from '../../runtime/run-history-file.ts';
import { readSupervisor, supervisorPath } from '../../runtime/supervisor-file.ts';
import { waitFor } from '../../system/wait.ts';
import { requireRecord, runningSupervisor, type Site } from './site.ts';

/**
 * Starts the service unless it runs, and waits until it is ready. Throws `failed` with the reason of the host if it
 * does not become ready.
 */
export async function start(site: Site): Promise<void> {
  const { system, roots, service, paths } = site;
  const record = await requireRecord(site);
  await system.files.remove(paths.stopIntent);
  if ((await runningSupervisor(site)) !== undefined) return waitUntilReady(site, record);
  await allowStart(system, paths);
  // The file of an earlier supervisor must not be read as that of the new one.
  await system.files.remove(supervisorPath(paths));
  const launched = await launchSupervisor(system, roots, service, record.argv, record.workingDirectory);
  await waitUntilReady(site, record, { launched });
}

/**
 * Applies the current launch record and definition. The supervisor stops its host and passes the listening socket to
 * its successor, so that no connection is refused.
 */
export async function restart(site: Site): Promise<void> {
  const { system, roots, service, paths } = site;
  const old = await runningSupervisor(site);
  if (old === undefined) return start(site);
  const record = await requireRecord(site);
  await system.files.remove(paths.stopIntent);
  await allowStart(system, paths);
  const before = await findEndpoint(system, roots, service);
  const oldNonce = 'endpoint' in before ? before.endpoint.nonce : undefined;
  system.processes.signal(old.pid, old.start ?? undefined, 'SIGHUP');
  const limitMs = record.stopTimeoutSecs * 1000 + handoverMs;
  const replaced = await waitFor(async () => {
    const now = await readSupervisor(system.files, paths);
    return now !== undefined && now.pid !== old.pid;
  }, limitMs);
  if (replaced === undefined) throw new MemorydError('failed', `the supervisor ${old.pid} did not hand over`);
  await waitUntilReady(site, record, { oldNonce });
}

/** From the exit of the host to the first record of the successor. */
const handoverMs = 10_000;

type StartProgress = 'ready' | 'gone' | undefined;

/** How to recognise this start: by the launched process, or by the nonce of the previous host. */
interface SupervisorStart {
  launched?: Launched;
  oldNonce?: string | undefined;
}

async function progress(site: Site, { launched, oldNonce }: SupervisorStart): Promise<StartProgress> {
  const { system, roots, service, paths } = site;
  const state = await findEndpoint(system, roots, service);
  if (state.kind === 'live' && state.report.phase === 'ready' && state.endpoint.nonce !== oldNonce)
    return 'ready';
  const word = await readSupervisor(system.files, paths);
  if (word !== undefined) return word.ended ? 'gone' : undefined;
  return launched !== undefined && !isSameProcess(system, launched) ? 'gone' : undefined;
}

/** The reason for a failed start: what the host recorded, else what Node printed. */
async function failureDetail({ system, paths }: Site): Promise<string | undefined> {
  const runs = await readRuns(system, paths);
  const reason = runs?.parked?.reason ?? runs?.lastExit?.reason;
  if (reason !== undefined) return reason;
  const read = await system.files.read(launchErrorsPath(paths));
  return read.kind === 'content' ? read.text : undefined;
}

async function waitUntilReady(site: Site, record: LaunchRecord, begun: SupervisorStart = {}): Promise<void> {
  const reached = await waitFor(() => progress(site, begun), record.startTimeoutSecs * 1000);
  if (reached === 'ready') return;
  const reason = reached === 'gone' ? 'ended at once' : `is not ready after ${record.startTimeoutSecs} s`;
  const words = await failureDetail(site);
  throw new MemorydError('failed', `"${site.service}" ${reason}`, {
    ...(words === undefined ? {} : { words }),
    hint: `memoryd logs ${site.service}`,
  });
}
