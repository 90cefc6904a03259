import type { ExternalReport } from './external-report.ts';

/** The state of an external daemon as `status --json` shows it. */
export interface ExternalStatus extends Omit<ExternalReport, 'useful' | 'why'> {
  /** The answer of its `useful` probe. Null if it has no such probe, or no result yet. */
  functional: boolean | null;
  /** The current problem, if any. */
  reason: string | null;
}

/** The status of an external daemon from what its host reports (pure). */
export function externalStatusOf({ useful, why, ...others }: ExternalReport): ExternalStatus {
  return { ...others, functional: useful, reason: why };
}
