import { exitCodes } from '../errors.ts';
import { build, version } from '../package.ts';
import { type ServiceStatus, type StatusObservation, statusOf } from '../service/status.ts';
import type { Output } from './output.ts';
import { renderStatus } from './render/status.ts';

/** The worst of several: not installed, not running, not healthy, well. */
function exitCodeOf(statuses: readonly ServiceStatus[]): number {
  if (statuses.some(({ state }) => state === 'not-installed')) return exitCodes['not-installed'];
  if (statuses.some(({ state }) => state !== 'running')) return exitCodes['not-running'];
  return statuses.every(({ healthy }) => healthy) ? exitCodes.ok : exitCodes.failed;
}

/** Shows what was seen of services, and gives the exit code. */
export function showStatuses(seen: readonly StatusObservation[], out: Output): number {
  const services = seen.map((one) => statusOf(one, { version, build }));
  if (out.json) {
    out.document({ services });
    return exitCodeOf(services);
  }
  out.data(services.map(renderStatus).join('\n\n'));
  for (const { state, name } of services) {
    if (state === 'not-installed') out.talk(`try: memoryd install ${name}`);
  }
  return exitCodeOf(services);
}
