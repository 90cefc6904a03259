import { MemorydError } from '../../errors.ts';
import { askControl } from '../../runtime/control-client.ts';
import type { Endpoint } from '../../runtime/endpoint.ts';
import { findEndpoint } from '../../runtime/find-endpoint.ts';
import { isSameProcess } from '../../runtime/identity.ts';
import { parseRecord, recordPath } from '../../runtime/launch-record.ts';
import { writeStopIntent } from '../../runtime/stop-intent.ts';
import { killGroup } from '../../system/process-group.ts';
import { waitFor } from '../../system/wait.ts';
import { livingSupervisor, type Site } from './site.ts';

/** Added to the stop timeout of the host: for the exit of the supervisor, and for a busy machine. */
const marginMs = 3000;
const usualStopSecs = 10;

/** The published host, if its process is alive. */
async function livingHost({ system, roots, service }: Site): Promise<Endpoint | undefined> {
  const state = await findEndpoint(system, roots, service);
  return state.kind === 'live' || state.kind === 'silent' ? state.endpoint : undefined;
}

async function patienceMs({ system, paths }: Site): Promise<number> {
  const read = await system.files.read(recordPath(paths));
  const parsed = read.kind === 'content' ? parseRecord(read.text) : undefined;
  const secs = parsed?.kind === 'valid' ? parsed.value.stopTimeoutSecs : usualStopSecs;
  return secs * 1000 + marginMs;
}

/**
 * Stops supervisor and host, and checks that both and the endpoint are gone (X02). The stop intent keeps everything
 * else from restarting the service. Throws `failed` if something is still alive.
 */
export async function stop(site: Site): Promise<void> {
  const { system, roots, service, paths } = site;
  const supervisor = await livingSupervisor(site);
  const host = await livingHost(site);
  if (supervisor === undefined && host === undefined) return;
  await writeStopIntent(system, paths);
  if (supervisor !== undefined) {
    // A supervisor that has already ended ignores it.
    system.processes.signal(supervisor.pid, supervisor.start ?? undefined, 'SIGTERM');
  } else if (host !== undefined) {
    // A host without a supervisor is exiting, or was started by hand.
    await askControl(system, roots, host, 'stop');
  }
  const isDown = async () =>
    (await livingSupervisor(site)) === undefined && (await livingHost(site)) === undefined;
  if (await waitFor(isDown, await patienceMs(site))) return;
  await killLeft(site);
  if (await waitFor(isDown, marginMs)) return;
  throw new MemorydError('failed', `"${service}" still runs after it was told to stop`, {
    hint: `memoryd status ${service}`,
  });
}

/**
 * Kills the supervisor first, or it would start another host. Each is checked directly before (X03). A process that
 * was started by hand may not lead a process group.
 */
async function killLeft(site: Site): Promise<void> {
  const { system } = site;
  for (const left of [await livingSupervisor(site), await livingHost(site)]) {
    if (left === undefined || !isSameProcess(system, left)) continue;
    await killGroup(system, left.pid);
    system.processes.signal(left.pid, left.start ?? undefined, 'SIGKILL');
  }
}
