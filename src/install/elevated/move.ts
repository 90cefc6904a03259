import { MemorydError, messageOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import { stageFor } from './copy.ts';
import { end, failure } from './end.ts';
import type { ElevatedInstructions } from './instructions.ts';
import {
  type EndedMessage,
  type PreparedMessage,
  protocolFiles,
  readMessage,
  userFiles,
  type VerdictMessage,
  writeMessage,
} from './protocol.ts';
import { serviceState, startService, stopService } from './sc.ts';

/** The user may leave the machine during a migration, but the elevated run must end at some time. */
const verdictDeadlineMs = 3_600_000;

async function prepare(
  system: System,
  orders: ElevatedInstructions,
  copied: (bytes: number) => void,
): Promise<PreparedMessage> {
  const wasRunning = (await serviceState(system, orders.service)).kind === 'running';
  try {
    if (wasRunning) await stopService(system, orders.service, orders.patienceMs);
    const brought = orders.copy !== undefined && (await stageFor(system, orders.own, orders.copy, copied));
    return { ok: true, wasRunning, brought };
  } catch (error) {
    return wasRunning ? startedAgain(system, orders, error) : failure(error);
  }
}

/** Starts the service again after a failure and gives the error, with the second error if that fails too. */
async function startedAgain(system: System, { service }: ElevatedInstructions, error: unknown) {
  try {
    await startService(system, service);
    return failure(error);
  } catch (second) {
    return failure(new MemorydError('failed', `${messageOf(error)}; then ${messageOf(second)}`));
  }
}

/**
 * Waits for the verdict of the user's run. Without one, because the run exited or the deadline passed, it is
 * `roll-back`.
 */
async function verdictOf(
  { files, processes }: System,
  { directory, parent }: ElevatedInstructions,
): Promise<VerdictMessage['verdict']> {
  const { verdict } = userFiles(directory);
  const said = await waitFor(
    async () =>
      (await readMessage<VerdictMessage>(files, verdict))?.verdict ??
      (processes.alive(parent) ? undefined : 'roll-back'),
    verdictDeadlineMs,
    100,
  );
  return said ?? 'roll-back';
}

/**
 * Stops the service, copies its data, waits for the verdict and applies it. `copied` is called with the number of bytes
 * after each part of the copy.
 */
export async function move(
  system: System,
  orders: ElevatedInstructions,
  copied: (bytes: number) => void,
): Promise<EndedMessage> {
  const { service, own } = orders;
  const prepared = await prepare(system, orders, copied);
  await writeMessage(system.files, protocolFiles(own).prepared, prepared);
  if (!prepared.ok) return { ok: true, did: 'rolled-back' };
  const result = await end(system, service, await verdictOf(system, orders), prepared.wasRunning);
  if (result.ok || !prepared.wasRunning) return result;
  // When the service cannot be removed it is started again, and the user's run undoes its own steps.
  const again = await end(system, service, 'roll-back', true);
  return again.ok ? result : again;
}
