import { inspectService } from '../../install/inspect.ts';
import type { Machine } from '../../install/service-lock.ts';
import { serviceNames } from '../../install/service-names.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { checkName } from '../../service/name.ts';
import type { StatusObservation } from '../../service/status-observation.ts';
import type { BackendName } from '../../service/unit.ts';
import { output } from '../output.ts';
import { showStatuses } from '../show-statuses.ts';

interface StatusFlags {
  json?: boolean;
  fast?: boolean;
  backend?: BackendName;
}

/** Older services, which may be the reason why a service does not run. They are looked for only in that case. */
async function beside(machine: Machine, seen: readonly StatusObservation[]): Promise<string[]> {
  if (seen.every(({ running }) => running !== undefined)) return [];
  return (await import('../older-services.ts')).olderServices(machine);
}

export async function statusCommand(name: string | undefined, options: StatusFlags): Promise<void> {
  const machine = thisMachine();
  const names = name === undefined ? await serviceNames(machine) : [checkName(name)];
  const seen = await Promise.all(names.map((one) => inspectService(machine, one, options)));
  const out = output(options.json === true);
  const legacies = options.fast ? [] : await beside(machine, seen);
  process.exitCode = showStatuses(seen, out, legacies);
  if (legacies.length > 0) (await import('../older-services.ts')).reportOlderServices(out, legacies);
}
