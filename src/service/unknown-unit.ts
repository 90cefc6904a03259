import { MemorydError } from '../errors.ts';
import type { UnitObservation } from './unit.ts';

/** The error for a unit whose state is unknown. */
export function unknownUnit({
  reason,
  words,
  silent,
  denied,
  hint = denied,
}: Extract<UnitObservation, { kind: 'unknown' }>): MemorydError {
  const kind = silent ? 'no-manager' : denied === undefined ? 'failed' : 'permission';
  return new MemorydError(kind, reason, {
    ...(words ? { words } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}
