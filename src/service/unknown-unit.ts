import { MemorydError } from '../errors.ts';
import type { UnitObservation } from './unit.ts';

/** What to say where nobody knows how the unit is. */
export function unknownUnit({
  reason,
  words,
  silent,
}: Extract<UnitObservation, { kind: 'unknown' }>): MemorydError {
  return new MemorydError(silent ? 'no-manager' : 'failed', reason, words ? { words } : {});
}
