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

/** A person may leave the machine alone in the middle, but not for ever. */
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

/** What went wrong, once the service runs again; or both, if it does not. */
async function startedAgain(system: System, { service }: ElevatedInstructions, error: unknown) {
  try {
    await startService(system, service);
    return failure(error);
  } catch (second) {
    return failure(new MemorydError('failed', `${messageOf(error)}; then ${messageOf(second)}`));
  }
}

/** What the user's part says becomes of the service; nobody left to say it means back. */
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

/** Stops the service, brings its data, waits for the verdict, and does what it says. `copied` is told how far the copy is. */
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
  // What cannot be removed runs again: the user's run takes its own part back.
  const again = await end(system, service, 'roll-back', true);
  return again.ok ? result : again;
}
