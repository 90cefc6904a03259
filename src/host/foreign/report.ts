import type { ForeignSpec } from '../../foreign/spec.ts';
import type { ForeignReport } from '../../service/foreign-report.ts';
import type { ChildState } from './door.ts';

/** How a foreign daemon is, before and after there is a child. */
export function reportOf(
  spec: ForeignSpec | undefined,
  state: ChildState | undefined,
  warnings: string[],
): ForeignReport {
  return {
    adapter: spec?.adapter ?? null,
    pid: state?.pid ?? null,
    live: state?.live ?? false,
    ready: state?.ready ?? false,
    useful: state?.useful ?? null,
    why: state === undefined ? 'not started' : state.why,
    restarts: state?.restarts ?? 0,
    yielded: state?.yielded ?? false,
    mcpPath: spec?.mcpPath ?? null,
    warnings,
  };
}
