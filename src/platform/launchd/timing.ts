import { defaultTimeoutMs } from '../../system/exec.ts';

/** Time limits in milliseconds. */
export interface LaunchdTiming {
  /** One launchctl call. */
  commandMs: number;
  /** How long a refused bootstrap is tried again. */
  retryMs: number;
  /** From bootstrap to a process. */
  spawnMs: number;
  /** From the start of a process to its entry in the record of runs. */
  accountMs: number;
  /** What launchd may need beyond the job's own exit timeout. */
  drainMarginMs: number;
  /** Between two polls. */
  pollMs: number;
}

export const usualTiming: LaunchdTiming = {
  commandMs: defaultTimeoutMs,
  retryMs: 10_000,
  spawnMs: 10_000,
  accountMs: 2000,
  drainMarginMs: 5000,
  pollMs: 100,
};
