import type { Step } from '../../service/step.ts';

/** One step as `--dry-run --json` shows it. */
export interface ShownStep {
  kind: Step['kind'];
  reason: string;
  path?: string;
  from?: string;
  to?: string;
  /** A unified diff; absent for secrets. */
  diff?: string;
  commands?: string[][];
  port?: number;
  bytes?: number;
}
