import { inspectService } from '../../install/inspect.ts';
import { type DailyVerb, installedBackend, operate } from '../../install/operate.ts';
import { dryRunService } from '../../install/service-lock.ts';
import { thisMachine } from '../../install/this-machine.ts';
import type { BackendName } from '../../service/unit.ts';
import { output } from '../output.ts';
import { renderPlan } from '../render/plan.ts';

interface OperateFlags {
  json?: boolean;
  dryRun?: boolean;
  backend?: BackendName;
}

export async function operateCommand(verb: DailyVerb, name: string, options: OperateFlags): Promise<void> {
  const out = output(options.json === true);
  const machine = thisMachine();
  if (options.dryRun) {
    const { backend } = await installedBackend(await dryRunService(machine, name), options.backend);
    const steps = [{ kind: 'manager' as const, reason: verb, commands: backend.commands(verb, name) }];
    return out.json
      ? out.printJson({ service: name, backend: backend.name, steps })
      : out.print(renderPlan(steps));
  }
  const did = await operate(machine, { name, verb, backend: options.backend });
  const { running, backend } = await inspectService(machine, name, { fast: true, backend: options.backend });
  if (out.json) {
    const endpoint =
      running === undefined ? null : { url: running.url, port: running.port, pid: running.pid };
    return out.printJson({ service: name, verb, did: did.kind, backend, endpoint });
  }
  if (did.kind === 'recovered') out.info(`${name}: was unresponsive and has been restarted: ${did.why}`);
  out.info(
    running === undefined ? `${name}: nothing answers` : `${name}: answering on 127.0.0.1:${running.port}`,
  );
}
