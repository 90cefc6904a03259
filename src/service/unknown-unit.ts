import { MemorydError } from '../errors.ts';
import type { UnitObservation } from './unit.ts';

/** The error for a unit whose state is unknown. */
export function unknownUnit({
  reason,
  words,
  silent,
}: Extract<UnitObservation, { kind: 'unknown' }>): MemorydError {
  return new MemorydError(silent ? 'no-manager' : 'failed', reason, words ? { words } : {});
}
