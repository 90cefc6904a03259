import { MemorydError } from '../errors.ts';
import type { UnitObservation } from '../service/unit.ts';

/** What is known of a unit when its manager gave no answer: `unknown`, for the error's reason. Throws what is no MemorydError. */
export function unanswered(error: unknown): UnitObservation {
  if (!(error instanceof MemorydError)) throw error;
  const { message: reason, words } = error;
  const silent = error.kind === 'no-manager' ? ({ silent: true } as const) : {};
  return { kind: 'unknown', reason, ...(words === undefined ? {} : { words }), ...silent };
}
