import { exitCodes } from '../../errors.ts';
import { inspectService } from '../../install/inspect.ts';
import { serviceNames } from '../../install/list.ts';
import { build, version } from '../../package.ts';
import { checkName } from '../../service/name.ts';
import { type ServiceStatus, statusOf } from '../../service/status.ts';
import type { BackendName } from '../../service/unit.ts';
import { thisMachine } from '../machine.ts';
import { output } from '../output.ts';
import { renderStatus } from '../render/status.ts';

interface Options {
  json?: boolean;
  fast?: boolean;
  backend?: BackendName;
}

/** The worst of several: not installed, not running, not healthy, well. */
function exitCodeOf(statuses: readonly ServiceStatus[]): number {
  if (statuses.some(({ state }) => state === 'not-installed')) return exitCodes['not-installed'];
  if (statuses.some(({ state }) => state !== 'running')) return exitCodes['not-running'];
  return statuses.every(({ healthy }) => healthy) ? exitCodes.ok : exitCodes.failed;
}

export async function statusCommand(name: string | undefined, options: Options): Promise<void> {
  const out = output(options.json === true);
  const machine = thisMachine();
  const names = name === undefined ? await serviceNames(machine) : [checkName(name)];
  const seen = await Promise.all(names.map((one) => inspectService(machine, one, options)));
  const services = seen.map((one) => statusOf(one, { version, build }));
  process.exitCode = exitCodeOf(services);
  if (out.json) return out.document({ services });
  out.data(services.map(renderStatus).join('\n\n'));
  for (const { state, name: missing } of services) {
    if (state === 'not-installed') out.talk(`try: memoryd install ${missing}`);
  }
}
