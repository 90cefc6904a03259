import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import { end, failure } from './end.ts';
import type { ElevatedInstructions } from './instructions.ts';
import { move } from './move.ts';
import { type EndedMessage, protocolFiles, userFiles, writeMessage } from './protocol.ts';
import { serviceState, stopService } from './sc.ts';

const heartbeatMs = 500;

interface Heart {
  /** Adds to the number of copied bytes, which the next heartbeat reports. */
  copied(bytes: number): void;
  /** Stops the heartbeats. Resolves when the last one is written. */
  stop(): Promise<void>;
}

/**
 * Writes a heartbeat at regular intervals, with the progress of the copy. It is the only sign that the elevated run is
 * alive.
 */
function startHeart({ files, clock }: System, path: string): Heart {
  const stopped = new AbortController();
  let bytes = 0;
  async function run(): Promise<void> {
    for (let beat = 1; !stopped.signal.aborted; beat += 1) {
      // A write fails while another process reads the file. The next heartbeat replaces it.
      await writeMessage(files, path, { beat, bytes }).catch(() => undefined);
      await clock.sleep(heartbeatMs, stopped.signal);
    }
  }
  const running = run();
  return {
    copied(count) {
      bytes += count;
    },
    stop() {
      stopped.abort();
      return running;
    },
  };
}

async function act(system: System, orders: ElevatedInstructions, heart: Heart): Promise<EndedMessage> {
  const { service, patienceMs } = orders;
  switch (orders.act) {
    case 'move':
      return move(system, orders, heart.copied);
    case 'start':
      return end(system, service, 'roll-back', true);
    default:
      if ((await serviceState(system, service)).kind === 'running')
        await stopService(system, service, patienceMs);
      return end(system, service, orders.act, false);
  }
}

/** How long the user's run may take to read the last message. Then the directory is removed with the message. */
const heardMs = 30_000;

/** Waits until the user's run has read all messages or has exited, for a limited time. */
async function untilHeard(
  { files, processes }: System,
  { directory, parent }: ElevatedInstructions,
): Promise<void> {
  const { listening } = userFiles(directory);
  const heard = async () => (await files.inspect(listening)).kind === 'absent' || !processes.alive(parent);
  await waitFor(heard, heardMs, 100);
}

/** Runs the elevated part of a migration: it changes one service, by its exact name, and copies one directory. */
export async function runElevated(system: System, orders: ElevatedInstructions): Promise<void> {
  const { files } = system;
  const paths = protocolFiles(orders.own);
  const heart = startHeart(system, paths.alive);
  try {
    const ended = await act(system, orders, heart);
    await heart.stop();
    await writeMessage(files, paths.ended, ended);
  } catch (error) {
    await writeMessage(files, paths.ended, failure(error));
    throw error;
  } finally {
    await heart.stop();
    await untilHeard(system, orders);
  }
}
