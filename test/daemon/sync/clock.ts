import type { Clock } from '../../../src/system/clock.ts';
import { holdClock } from '../../support/held-clock.ts';

export interface TwoClocks extends Clock {
  /** Both times go on, as on a machine that is awake. */
  pass(ms: number): void;
  /** Only the wall clock moves: set by hand, or the machine slept on Linux. */
  setWall(ms: number): void;
}

/** A clock whose wall time and monotonic time move only when told, also apart. */
export function heldClock(start = Date.parse('2026-01-01T00:00:00.000Z')): TwoClocks {
  const held = holdClock(new Date(start));
  let offset = 0;
  return {
    ...held,
    now: () => new Date(held.now().getTime() + offset),
    pass: (ms) => held.advance(ms),
    setWall(ms) {
      offset = ms - held.now().getTime();
    },
  };
}
