import { equals, isNumber, listOf, type Shape } from '../service/state-text.ts';

/**
 * The history of a service's runs: distinguishes crashes from clean exits, counts restarts, and stops crash loops (L07,
 * M10). All transitions are pure. Times are seconds since boot, which suspend and clock changes do not affect (X10).
 */
export interface Runs {
  schema: 1;
  /** When this machine booted, in ms since 1970. A run that ended by a reboot did not crash. */
  bootedAt: number;
  /** The number of unclean restarts since the user last started the service. */
  restarts: number;
  /** The uptimes of failures: the run did not become ready, or ended with an error that it caught. */
  failures: number[];
  /**
   * The uptimes at which a ready run was found to have ended without recording it: killed, out of memory, a native
   * crash.
   */
  kills: number[];
  /** The run that has not ended, or has not recorded its end. */
  current: Run | null;
  lastExit: RunExit | null;
  /** Set until the next start: the user asked for it, so it does not count as a restart, and the count starts again. */
  onPurpose: boolean;
  /** Why the service stays down until the user starts it. */
  parked: { reason: string; build: string; at: string } | null;
}

export interface Run {
  pid: number;
  build: string;
  startedAt: string;
  ready: boolean;
}

/** `refused`: it cannot run with its configuration, and another start would not help. */
export interface RunExit {
  kind: 'clean' | 'crashed' | 'killed' | 'refused';
  reason: string;
  at: string;
}

/**
 * The maximum number of unclean exits within the window. Kills of a ready run have a higher limit, because users kill
 * processes.
 */
export interface CrashLoopLimit {
  windowSecs: number;
  failures: number;
  kills: number;
}

export const defaultCrashLoopLimit: CrashLoopLimit = { windowSecs: 60, failures: 5, kills: 30 };

/** The time of an event by the clocks of the machine. */
export interface Moment {
  bootedAt: number;
  uptimeSecs: number;
  /** ISO time, for display. */
  at: string;
}

/** Setting the clock changes the computed boot time a little; a reboot changes it by far more. */
const sameBootMs = 120_000;

export const noRuns = (now: Moment): Runs => ({
  schema: 1,
  bootedAt: now.bootedAt,
  restarts: 0,
  failures: [],
  kills: [],
  current: null,
  lastExit: null,
  onPurpose: false,
  parked: null,
});

/** Records a run that ended without recording its end. */
function recordSilentEnd(runs: Runs, now: Moment): Runs {
  const { current } = runs;
  if (current === null) return runs;
  const reason = current.ready ? 'it was killed' : 'it was killed before it was ready';
  const lastExit: RunExit = { kind: 'killed', reason, at: now.at };
  const recorded = { ...runs, current: null, lastExit };
  return current.ready
    ? { ...recorded, kills: [...runs.kills, now.uptimeSecs] }
    : { ...recorded, failures: [...runs.failures, now.uptimeSecs] };
}

function applyCrashLoopLimit(runs: Runs, policy: CrashLoopLimit, build: string, now: Moment): Runs['parked'] {
  const { failures, kills, lastExit } = runs;
  const count = failures.length >= policy.failures ? failures.length : kills.length;
  if (failures.length < policy.failures && kills.length < policy.kills) return null;
  const reason = `ended badly ${count} times in ${policy.windowSecs} s, last: ${lastExit?.reason ?? 'unknown'}`;
  return { reason, build, at: now.at };
}

/** Records a start. If the result has `parked`, the service must not run. */
export function beginRun(
  before: Runs | undefined,
  run: Omit<Run, 'ready'>,
  now: Moment,
  policy: CrashLoopLimit,
): Runs {
  const other = before === undefined || Math.abs(before.bootedAt - now.bootedAt) > sameBootMs;
  if (other) {
    const lastExit = before?.current
      ? { kind: 'killed' as const, reason: 'the machine went down', at: before.current.startedAt }
      : (before?.lastExit ?? null);
    return { ...noRuns(now), lastExit, current: { ...run, ready: false } };
  }
  // A new build may have fixed the failure, so it may run.
  if (before.parked !== null && before.parked.build === run.build) return before;
  const recorded = recordSilentEnd({ ...before, parked: null, onPurpose: false }, now);
  const last = before.onPurpose || before.parked !== null ? undefined : recorded.lastExit?.kind;
  const unclean = last === 'crashed' || last === 'killed';
  const recent = (times: number[]) => times.filter((time) => now.uptimeSecs - time < policy.windowSecs);
  const counted: Runs = {
    ...recorded,
    restarts: unclean ? recorded.restarts + 1 : 0,
    failures: unclean ? recent(recorded.failures) : [],
    kills: unclean ? recent(recorded.kills) : [],
  };
  const parked = applyCrashLoopLimit(counted, policy, run.build, now);
  return { ...counted, parked, current: parked === null ? { ...run, ready: false } : null };
}

/** Records that the current run is ready. */
export function runReady(runs: Runs): Runs {
  return runs.current === null ? runs : { ...runs, current: { ...runs.current, ready: true } };
}

/** Records an end that the run itself reports. */
export function endRun(runs: Runs, kind: 'clean' | 'crashed' | 'refused', reason: string, now: Moment): Runs {
  const failures = kind === 'crashed' ? [...runs.failures, now.uptimeSecs] : runs.failures;
  return { ...runs, current: null, failures, lastExit: { kind, reason, at: now.at } };
}

/**
 * Records that a run ended together with its supervisor, as at a log-off. That is no crash, so it counts as neither
 * restart nor failure (N25).
 */
export function endSession(runs: Runs, now: Moment): Runs {
  const lastExit: RunExit = { kind: 'killed', reason: 'its session ended', at: now.at };
  return { ...runs, current: null, restarts: 0, onPurpose: true, lastExit };
}

/** Records a start by the user, which resets the counts and the crash-loop limit. */
export function resetRuns(runs: Runs): Runs {
  return { ...runs, restarts: 0, failures: [], kills: [], onPurpose: true, parked: null };
}

/** The type of each field of the record. Fields of later versions may be missing: see `completeRuns`. */
export const runsShape: Shape<Pick<Runs, 'schema' | 'bootedAt' | 'restarts' | 'failures' | 'kills'>> = {
  schema: equals(1),
  bootedAt: isNumber,
  restarts: isNumber,
  failures: listOf(isNumber),
  kills: listOf(isNumber),
};

/** Adds defaults for fields that an older host did not write. */
export function completeRuns(read: Partial<Runs> & Pick<Runs, 'bootedAt'>): Runs {
  return { ...noRuns({ bootedAt: read.bootedAt, uptimeSecs: 0, at: '' }), ...read };
}
