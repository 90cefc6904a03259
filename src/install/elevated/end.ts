import { MemorydError, messageOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { EndedMessage, VerdictMessage } from './protocol.ts';
import { deleteService, disableService, startService } from './sc.ts';

/** Gives an error as a message to the user's run. Only `permission` keeps its kind. */
export const failure = (error: unknown) => ({
  ok: false as const,
  kind:
    error instanceof MemorydError && error.kind === 'permission'
      ? ('permission' as const)
      : ('failed' as const),
  error: messageOf(error),
  words: error instanceof MemorydError ? error.words : undefined,
});

const did = { remove: 'removed', disable: 'disabled', 'roll-back': 'rolled-back' } as const;

/**
 * Applies the verdict on the service. `roll-back` starts the service again if it was running. Does not throw: a failure
 * is part of the message.
 */
export async function end(
  system: System,
  service: string,
  verdict: VerdictMessage['verdict'],
  wasRunning: boolean,
): Promise<EndedMessage> {
  try {
    if (verdict === 'remove') await deleteService(system, service);
    else if (verdict === 'disable') await disableService(system, service);
    else if (wasRunning) await startService(system, service);
    return { ok: true, did: did[verdict] };
  } catch (error) {
    return failure(error);
  }
}
