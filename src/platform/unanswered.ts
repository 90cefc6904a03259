import { MemorydError } from '../errors.ts';
import type { UnitObservation } from '../service/unit.ts';

/**
 * The observation if the manager gave no answer: `unknown`, with the reason of the error. Rethrows errors of other
 * types.
 */
export function unanswered(error: unknown): UnitObservation {
  if (!(error instanceof MemorydError)) throw error;
  const { message: reason, words } = error;
  const silent = error.kind === 'no-manager' ? ({ silent: true } as const) : {};
  return { kind: 'unknown', reason, ...(words === undefined ? {} : { words }), ...silent };
}
