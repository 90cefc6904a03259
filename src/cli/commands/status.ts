import { inspectService } from '../../install/inspect.ts';
import { serviceNames } from '../../install/list.ts';
import { checkName } from '../../service/name.ts';
import type { BackendName } from '../../service/unit.ts';
import { thisMachine } from '../machine.ts';
import { output } from '../output.ts';
import { showStatuses } from '../show-statuses.ts';

interface Options {
  json?: boolean;
  fast?: boolean;
  backend?: BackendName;
}

export async function statusCommand(name: string | undefined, options: Options): Promise<void> {
  const machine = thisMachine();
  const names = name === undefined ? await serviceNames(machine) : [checkName(name)];
  const seen = await Promise.all(names.map((one) => inspectService(machine, one, options)));
  process.exitCode = showStatuses(seen, output(options.json === true));
}
