import { defaultTimeoutMs } from '../../system/exec.ts';

/** How long things may take, in milliseconds. */
export interface Timing {
  /** One launchctl call. */
  commandMs: number;
  /** How long a refused bootstrap is tried again. */
  retryMs: number;
  /** From bootstrap to a process. */
  spawnMs: number;
  /** From a process to its entry in the account of runs. */
  accountMs: number;
  /** What launchd may need beyond the job's own exit timeout. */
  drainMarginMs: number;
  /** Between two looks. */
  pollMs: number;
}

export const usualTiming: Timing = {
  commandMs: defaultTimeoutMs,
  retryMs: 10_000,
  spawnMs: 10_000,
  accountMs: 2000,
  drainMarginMs: 5000,
  pollMs: 100,
};
