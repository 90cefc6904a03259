import { MemorydError, messageOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import { copyFor, type ElevatedCopy } from './copy.ts';
import {
  type Ended,
  type Prepared,
  protocolFiles,
  readMessage,
  type Verdict,
  writeMessage,
} from './protocol.ts';
import { deleteService, disableService, serviceState, startService, stopService } from './sc.ts';

/** What the elevated run is told, all of it: whose environment it has is no matter, it may be another account's. */
export interface ElevatedOrders {
  /** `move` waits for a verdict; the others do one thing and end. */
  act: 'move' | 'remove' | 'disable' | 'start';
  service: string;
  /** Where the protocol's files lie. */
  directory: string;
  /** The user's run: when it is gone without a verdict, the old service is started again. */
  parent: number;
  copy?: ElevatedCopy;
  patienceMs: number;
}

const heartbeatMs = 500;
/** A person may leave the machine alone in the middle, but not for ever. */
const verdictDeadlineMs = 3_600_000;

const failure = (error: unknown) => ({
  ok: false as const,
  kind:
    error instanceof MemorydError && error.kind === 'permission'
      ? ('permission' as const)
      : ('failed' as const),
  error: messageOf(error),
  words: error instanceof MemorydError ? error.words : undefined,
});

async function prepare(
  system: System,
  orders: ElevatedOrders,
  copied: (bytes: number) => void,
): Promise<Prepared> {
  const wasRunning = (await serviceState(system, orders.service)).kind === 'running';
  try {
    if (wasRunning) await stopService(system, orders.service, orders.patienceMs);
    if (orders.copy !== undefined) await copyFor(system, orders.copy, copied);
    return { ok: true, wasRunning };
  } catch (error) {
    return wasRunning ? startedAgain(system, orders, error) : failure(error);
  }
}

/** What went wrong, once the service runs again; or both, if it does not. */
async function startedAgain(system: System, { service }: ElevatedOrders, error: unknown) {
  try {
    await startService(system, service);
    return failure(error);
  } catch (second) {
    return failure(new MemorydError('failed', `${messageOf(error)}; then ${messageOf(second)}`));
  }
}

async function end(
  system: System,
  { service }: ElevatedOrders,
  verdict: Verdict['verdict'],
  wasRunning: boolean,
): Promise<Ended> {
  try {
    if (verdict === 'remove') await deleteService(system, service);
    else if (verdict === 'disable') await disableService(system, service);
    else if (wasRunning) await startService(system, service);
    return {
      ok: true,
      did: verdict === 'remove' ? 'removed' : verdict === 'disable' ? 'disabled' : 'rolled-back',
    };
  } catch (error) {
    return failure(error);
  }
}

async function verdictOf(
  { files, processes }: System,
  { directory, parent }: ElevatedOrders,
): Promise<Verdict['verdict']> {
  const { verdict } = protocolFiles(directory);
  const said = await waitFor(
    async () =>
      (await readMessage<Verdict>(files, verdict))?.verdict ??
      (processes.alive(parent) ? undefined : 'roll-back'),
    verdictDeadlineMs,
    100,
  );
  return said ?? 'roll-back';
}

async function move(system: System, orders: ElevatedOrders, copied: (bytes: number) => void): Promise<Ended> {
  const { files } = system;
  const paths = protocolFiles(orders.directory);
  const prepared = await prepare(system, orders, copied);
  await writeMessage(files, paths.prepared, prepared);
  if (!prepared.ok) return { ok: true, did: 'rolled-back' };
  let result = await end(system, orders, await verdictOf(system, orders), prepared.wasRunning);
  // What cannot be removed runs again: the user's run takes its own part back.
  if (!result.ok && prepared.wasRunning) {
    const again = await end(system, orders, 'roll-back', true);
    result = again.ok ? result : again;
  }
  return result;
}

/** The elevated part of a migration, and nothing else: one service by its exact name, one directory to one place. */
export async function runElevated(system: System, orders: ElevatedOrders): Promise<void> {
  const { files } = system;
  const paths = protocolFiles(orders.directory);
  let beat = 0;
  let bytes = 0;
  let beating: Promise<void> = Promise.resolve();
  const tick = () => {
    beat += 1;
    beating = beating.then(() => writeMessage(files, paths.alive, { beat, bytes }));
  };
  tick();
  const timer = setInterval(tick, heartbeatMs);
  try {
    const { act, service, patienceMs } = orders;
    let ended: Ended;
    if (act === 'move') {
      ended = await move(system, orders, (count) => {
        bytes += count;
      });
    } else if (act === 'start') ended = await end(system, orders, 'roll-back', true);
    else {
      if ((await serviceState(system, service)).kind === 'running')
        await stopService(system, service, patienceMs);
      ended = await end(system, orders, act, false);
    }
    clearInterval(timer);
    await beating;
    await writeMessage(files, paths.ended, ended);
  } catch (error) {
    await writeMessage(files, paths.ended, failure(error));
    throw error;
  } finally {
    clearInterval(timer);
  }
}
