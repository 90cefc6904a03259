import { equals, isNumber, listOf, type Shape } from '../service/state-text.ts';

/**
 * The account of a service's runs: tells a crash from an end, counts restarts, and stops a crash loop (L07, M10).
 * All transitions are pure; times are seconds since boot, which suspend and clock changes leave alone (X10).
 */
export interface Runs {
  schema: 1;
  /** When this machine booted, in ms since 1970: what happened before is no crash of ours. */
  bootedAt: number;
  /** Unclean restarts since it was last started on purpose. */
  restarts: number;
  /** Uptimes at which it failed: did not get ready, or died of an error it saw. */
  failures: number[];
  /** Uptimes at which it was found dead without a word though it had served: killed, out of memory, a native crash. */
  kills: number[];
  /** The run that has not ended yet, or did not say so. */
  current: Run | null;
  lastExit: RunExit | null;
  /** True until the next start: somebody asked for it, so it is no restart and the count begins anew. */
  onPurpose: boolean;
  /** Why it stays down until it is started on purpose. */
  parked: { reason: string; build: string; at: string } | null;
}

export interface Run {
  pid: number;
  build: string;
  startedAt: string;
  ready: boolean;
}

/** `refused`: it would not run with what it was given, and trying again is no use. */
export interface RunExit {
  kind: 'clean' | 'crashed' | 'killed' | 'refused';
  reason: string;
  at: string;
}

/** How many unclean ends within the window are too many. A killed run that had served is weighed less: people kill. */
export interface CrashLoopLimit {
  windowSecs: number;
  failures: number;
  kills: number;
}

export const defaultCrashLoopLimit: CrashLoopLimit = { windowSecs: 60, failures: 5, kills: 30 };

/** The machine's time when something happens. */
export interface Moment {
  bootedAt: number;
  uptimeSecs: number;
  /** ISO, for people. */
  at: string;
}

/** Setting the clock moves the computed boot time; a real reboot moves it by far more. */
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

/** Books a run that ended without saying so. */
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

/** A start: `parked` in what it gives means that it must not run. */
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
  // Another build is another try.
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

export function runReady(runs: Runs): Runs {
  return runs.current === null ? runs : { ...runs, current: { ...runs.current, ready: true } };
}

/** An end that the run itself tells of. */
export function endRun(runs: Runs, kind: 'clean' | 'crashed' | 'refused', reason: string, now: Moment): Runs {
  const failures = kind === 'crashed' ? [...runs.failures, now.uptimeSecs] : runs.failures;
  return { ...runs, current: null, failures, lastExit: { kind, reason, at: now.at } };
}

/** A start on purpose: the brake is off and the count begins anew. */
export function resetRuns(runs: Runs): Runs {
  return { ...runs, restarts: 0, failures: [], kills: [], onPurpose: true, parked: null };
}

/** What each field of the record must be. Fields of later versions may be missing: see `completeRuns`. */
export const runsShape: Shape<Pick<Runs, 'schema' | 'bootedAt' | 'restarts' | 'failures' | 'kills'>> = {
  schema: equals(1),
  bootedAt: isNumber,
  restarts: isNumber,
  failures: listOf(isNumber),
  kills: listOf(isNumber),
};

/** Fills in what an older host did not write. */
export function completeRuns(read: Partial<Runs> & Pick<Runs, 'bootedAt'>): Runs {
  return { ...noRuns({ bootedAt: read.bootedAt, uptimeSecs: 0, at: '' }), ...read };
}
