import { MemorydError } from '../../errors.ts';
import { askControl } from '../../host/control-client.ts';
import type { Endpoint } from '../../host/endpoint.ts';
import { findEndpoint } from '../../host/find-endpoint.ts';
import { isSameProcess } from '../../host/identity.ts';
import { parseRecord, recordPath } from '../../host/launch-record.ts';
import { killGroup } from '../../system/process-group.ts';
import { waitFor } from '../../system/wait.ts';
import { livingSupervisor, type Site } from './site.ts';

/** On top of what the host may take: the supervisor's own end, and a machine that is busy. */
const marginMs = 3000;
const usualStopSecs = 10;

/** The host that published itself, if that process still lives. */
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
 * Stops supervisor and host and looks that they are gone, their endpoint with them (X02). Whoever would revive the
 * service is told to let it be. Throws `failed` when something of it still lives.
 */
export async function stop(site: Site): Promise<void> {
  const { system, roots, service, paths } = site;
  const supervisor = await livingSupervisor(site);
  const host = await livingHost(site);
  if (supervisor === undefined && host === undefined) return;
  await system.files.write(paths.stopIntent, `${system.clock.now().toISOString()}\n`, 0o600);
  if (supervisor !== undefined) {
    // One that has ended already takes no notice.
    system.processes.signal(supervisor.pid, supervisor.start ?? undefined, 'SIGTERM');
  } else if (host !== undefined) {
    // A host without its supervisor is on its way out, or was started by hand.
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

/** The supervisor first, or it would start another host. Each is checked at the last moment (X03); one that was started by hand may lead no group. */
async function killLeft(site: Site): Promise<void> {
  const { system } = site;
  for (const left of [await livingSupervisor(site), await livingHost(site)]) {
    if (left === undefined || !isSameProcess(system, left)) continue;
    await killGroup(system, left.pid);
    system.processes.signal(left.pid, left.start ?? undefined, 'SIGKILL');
  }
}
