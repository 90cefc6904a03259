import type { Clock } from '../../src/system/clock.ts';

/** A clock that moves only when told. */
export interface HeldClock extends Clock {
  /** Lets `ms` pass, firing what is due in the order it is due. */
  advance(ms: number): void;
  /** How many timers are waiting. */
  waiting(): number;
}

interface Timer {
  due: number;
  callback: () => void;
}

/** A held clock whose wall time starts at `start`. */
export function holdClock(start = new Date('2026-01-02T03:04:05Z')): HeldClock {
  let elapsed = 0;
  const timers = new Set<Timer>();
  const held: HeldClock = {
    now: () => new Date(start.getTime() + elapsed),
    monotonic: () => elapsed,
    after(ms, callback) {
      const timer = { due: elapsed + ms, callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const timer = held.after(ms, resolve);
        const end = () => {
          timer.cancel();
          resolve();
        };
        signal?.addEventListener('abort', end, { once: true });
      });
    },
    advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due);
        if (next === undefined) break;
        elapsed = next.due;
        timers.delete(next);
        next.callback();
      }
      elapsed = end;
    },
    waiting: () => timers.size,
  };
  return held;
}
