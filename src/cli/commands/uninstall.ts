import { dryRunService } from '../../install/service-lock.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { prepareUninstall, uninstall } from '../../install/uninstall.ts';
import { servicePaths } from '../../layout.ts';
import { checkName } from '../../service/name.ts';
import type { BackendName } from '../../service/unit.ts';
import { confirm } from '../confirm.ts';
import { output } from '../output.ts';
import { renderPlan, shownSteps } from '../render/plan.ts';
import { progressTo } from '../render/progress.ts';

interface UninstallFlags {
  json?: boolean;
  dryRun?: boolean;
  purge?: boolean;
  yes?: boolean;
  backend?: BackendName;
}

export async function uninstallCommand(name: string, options: UninstallFlags): Promise<void> {
  const out = output(options.json === true);
  const machine = { ...(await machineFor(thisMachine(), checkName(name))), progress: progressTo(out) };
  const request = { name, purge: options.purge === true, backend: options.backend };
  if (options.dryRun) {
    const { plan, backend, observed } = await prepareUninstall(await dryRunService(machine, name), request);
    const steps = shownSteps(plan, backend, observed);
    return out.json
      ? out.printJson({ service: name, backend: backend.name, steps })
      : out.print(renderPlan(steps));
  }
  if (request.purge && !options.yes) {
    const { data, logs } = servicePaths(machine.roots, name);
    await confirm(
      `delete all memories of "${name}" in ${data}, and ${logs}?`,
      `memoryd uninstall ${name} --purge --yes`,
    );
  }
  const { left, recovery, backend, beside, notes } = await uninstall(machine, request);
  const running = beside.map(({ pid, what }) => ({ pid, what }));
  if (out.json)
    return out.printJson({ service: name, backend: backend.name, recovery, left, running, notes });
  out.info(`${name}: nothing answers, nothing is registered`);
  for (const note of notes) out.info(note);
  for (const path of left) out.info(`left: ${path}`);
  for (const { pid, what } of running)
    out.info(`still running, and not started by memoryd: ${what} (pid ${pid})`);
}
