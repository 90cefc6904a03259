import type { Clock } from '../../../src/system/clock.ts';

export interface HeldClock extends Clock {
  /** Both times go on, as on a machine that is awake. */
  pass(ms: number): void;
  /** Only the wall clock moves: set by hand, or the machine slept on Linux. */
  setWall(ms: number): void;
}

/** A clock that stands still until a test moves it. */
export function heldClock(start = Date.parse('2026-01-01T00:00:00.000Z')): HeldClock {
  let wall = start;
  let monotonic = 1000;
  return {
    now: () => new Date(wall),
    monotonic: () => monotonic,
    after: () => ({ cancel: () => undefined }),
    pass(ms) {
      wall += ms;
      monotonic += ms;
    },
    setWall(ms) {
      wall = ms;
    },
  };
}
