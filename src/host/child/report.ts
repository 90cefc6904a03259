import type { ExternalSpec } from '../../external/spec.ts';
import type { ExternalReport } from '../../service/external-report.ts';
import type { ExternalChild } from './external-child.ts';

/** The state of an external daemon, with or without a child. */
export async function reportOf(
  spec: ExternalSpec | undefined,
  child: Pick<ExternalChild, 'state' | 'memory'> | undefined,
  warnings: readonly string[],
): Promise<ExternalReport> {
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
