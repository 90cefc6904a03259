import { changeless } from '../../install/change.ts';
import { type InstallOutcome, type InstallRequest, install, prepareInstall } from '../../install/install.ts';
import { setLinger } from '../../install/linger.ts';
import type { BackendName } from '../../service/unit.ts';
import { thisMachine } from '../machine.ts';
import { output } from '../output.ts';
import { renderPlan, shownSteps } from '../render/plan.ts';
import { progressTo } from '../render/progress.ts';

interface Options {
  json?: boolean;
  dryRun?: boolean;
  port?: number;
  description?: string;
  env?: Record<string, string>;
  login: boolean;
  linger?: boolean;
  sandbox?: string;
  backend?: BackendName;
}

function request(name: string, command: string[], options: Options): InstallRequest {
  const changes = {
    port: options.port,
    description: options.description,
    environment: options.env,
    startAtLogin: options.login ? undefined : false,
    sandbox: options.sandbox,
    command: command.length > 0 ? command : undefined,
    backend: options.backend,
  };
  return { name, changes, backend: options.backend };
}

/** What was verified, in one line. */
function summary({ plan, port, recovery, backend }: InstallOutcome): string {
  const did = plan.steps.length === 0 ? 'nothing to do' : `${plan.steps.length} steps`;
  const before = recovery === 'nothing' ? '' : `, after the last change, which was cut off, was ${recovery}`;
  return `${plan.service}: answering on 127.0.0.1:${port} (${backend.name}, ${did}${before})`;
}

export async function installCommand(name: string, command: string[], options: Options): Promise<void> {
  const out = output(options.json === true);
  const machine = { ...thisMachine(), progress: progressTo(out) };
  const wish = request(name, command, options);
  if (options.dryRun) {
    const { plan, backend, observed, port } = await prepareInstall(changeless(machine, name), wish);
    const steps = shownSteps(plan, backend, observed);
    return out.json
      ? out.document({ service: name, backend: backend.name, port, steps })
      : out.data(renderPlan(steps));
  }
  const outcome = await install(machine, wish);
  const linger = options.linger ? await setLinger(machine, outcome.backend.name) : undefined;
  if (out.json) {
    const { plan, backend, port, recovery } = outcome;
    return out.document({
      service: name,
      backend: backend.name,
      port,
      url: `http://127.0.0.1:${port}`,
      changed: plan.steps.length > 0,
      recovery,
      ...(linger === undefined ? {} : { linger }),
    });
  }
  out.talk(summary(outcome));
  if (linger !== undefined) out.talk('linger is on: it runs from boot on, and after logout');
  if (outcome.plan.steps.length > 0) out.talk(outcome.backend.guarantee);
}
