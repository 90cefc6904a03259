import type { ForeignSpec } from '../../external/spec.ts';
import type { ForeignReport } from '../../service/external-report.ts';
import type { ForeignChild } from './external-child.ts';

/** How a foreign daemon is, before and after there is a child. */
export async function reportOf(
  spec: ForeignSpec | undefined,
  child: Pick<ForeignChild, 'state' | 'memory'> | undefined,
  warnings: readonly string[],
): Promise<ForeignReport> {
  const memoryBytes = (await child?.memory()) ?? null;
  const state = child?.state;
  const blind = spec?.maxMemoryMb !== undefined && state?.live && memoryBytes === null;
  return {
    adapter: spec?.adapter ?? null,
    pid: state?.pid ?? null,
    live: state?.live ?? false,
    ready: state?.ready ?? false,
    useful: state?.useful ?? null,
    why: state === undefined ? 'not started' : state.why,
    memoryBytes,
    restarts: state?.restarts ?? 0,
    lastEnd: state?.lastEnd ?? null,
    yielded: state?.yielded ?? false,
    mcpPath: spec?.mcpPath ?? null,
    warnings: [
      ...warnings,
      ...(blind ? ['memory use cannot be measured here: maxMemoryMb has no effect'] : []),
    ],
  };
}
