import { exitCodes } from '../errors.ts';
import { build, version } from '../package.ts';
import type { ServiceStatus } from '../service/status.ts';
import type { StatusObservation } from '../service/status-observation.ts';
import { statusOf } from '../service/status-of.ts';
import type { Output } from './output.ts';
import { renderStatus } from './render/status.ts';

/** The exit code of the worst status: not installed, not running, not healthy, ok. */
function exitCodeOf(statuses: readonly ServiceStatus[]): number {
  if (statuses.some(({ state }) => state === 'not-installed')) return exitCodes['not-installed'];
  if (statuses.some(({ state }) => state !== 'running')) return exitCodes['not-running'];
  return statuses.every(({ healthy }) => healthy) ? exitCodes.ok : exitCodes.failed;
}

/** Prints the status of services, and of older services (cli/older-services.ts). Returns the exit code. */
export function showStatuses(
  seen: readonly StatusObservation[],
  out: Output,
  legacies: readonly string[] = [],
): number {
  const services = seen.map((one) => statusOf(one, { version, build }));
  if (out.json) {
    out.printJson({ services, ...(legacies.length === 0 ? {} : { legacies }) });
    return exitCodeOf(services);
  }
  out.print(services.map(renderStatus).join('\n\n'));
  for (const { state, name } of services) {
    if (state === 'not-installed') out.info(`try: memoryd install ${name}`);
  }
  return exitCodeOf(services);
}
