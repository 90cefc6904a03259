import type { Progress } from '../install/apply.ts';
import type { Step } from '../service/step.ts';
import type { Clock } from '../system/clock.ts';

/** The steps during which no daemon serves, by number: from the start of step `from` to the start of step `to`. */
export interface Downtime {
  from: number;
  to: number;
}

/**
 * Gives the downtime of a plan: from the first step that stops the old daemon until the new daemon has answered (pure).
 * Gives `undefined` when no step stops a daemon.
 */
export function downtimeOf(steps: readonly Step[], stop: readonly Step[]): Downtime | undefined {
  const from = stop[0] === undefined ? -1 : steps.indexOf(stop[0]);
  const to = steps.findIndex(({ kind }) => kind === 'verify') + 1;
  return from < 0 || to <= from ? undefined : { from, to };
}

/** Wraps `progress` to measure the downtime. `gapMs` gives its length once it is over. */
export function measureDowntime(
  downtime: Downtime | undefined,
  clock: Pick<Clock, 'monotonic'>,
  progress: Progress = () => undefined,
): { progress: Progress; gapMs: () => number | undefined } {
  let from: number | undefined;
  let to: number | undefined;
  return {
    progress(step, index, total) {
      if (index === downtime?.from) from = clock.monotonic();
      if (index === downtime?.to) to = clock.monotonic();
      progress(step, index, total);
    },
    gapMs: () => (from === undefined || to === undefined ? undefined : Math.ceil(to - from)),
  };
}
