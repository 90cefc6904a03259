import { resolve } from 'node:path';
import { type InstallOutcome, install, prepareInstall } from '../../install/install.ts';
import { refuseLinger, setLinger } from '../../install/linger.ts';
import type { InstallRequest } from '../../install/requested-definition.ts';
import { dryRunService } from '../../install/service-lock.ts';
import { thisMachine } from '../../install/this-machine.ts';
import type { BackendName } from '../../service/unit.ts';
import { systemFiles } from '../../system/files.ts';
import { idleNote } from '../../system/wsl.ts';
import { type DaemonFlags, daemonOverrides } from '../daemon-options.ts';
import { definitionFlags } from '../definition-flags.ts';
import { olderServices, reportOlderServices } from '../older-services.ts';
import { type Output, output } from '../output.ts';
import { progressTo } from '../render/progress.ts';
import { secretValues } from '../secret-values.ts';

interface InstallFlags extends DaemonFlags {
  json?: boolean;
  dryRun?: boolean;
  port?: number;
  description?: string;
  env?: Record<string, string>;
  adapter?: string;
  stdio?: boolean;
  probe?: object;
  secret?: string[];
  envFile?: string;
  startTimeout?: number;
  downgrade?: boolean;
  login: boolean;
  linger?: boolean;
  sandbox?: string;
  backend?: BackendName;
}

/**
 * Resolves a program that is given by a path against the current directory, because the service runs in another one.
 */
function resolved([program, ...rest]: string[]): string[] | undefined {
  if (program === undefined) return undefined;
  const isPath = /[\\/]/.test(program) && !program.startsWith('{');
  return [isPath ? resolve(program) : program, ...rest];
}

async function request(
  name: string,
  command: string[],
  options: InstallFlags,
  out: Output,
): Promise<InstallRequest> {
  const changes = {
    port: options.port,
    description: options.description,
    environment: options.env,
    startAtLogin: options.login ? undefined : false,
    startTimeoutSecs: options.startTimeout,
    sandbox: options.sandbox,
    command: resolved(command),
    adapter: options.adapter,
    transport: options.stdio ? 'stdio' : undefined,
    probe: options.probe,
    daemon: daemonOverrides(options),
    backend: options.backend,
  };
  const secrets = await secretValues(
    systemFiles,
    { names: options.secret ?? [], file: options.envFile },
    out,
  );
  const flags = definitionFlags(options.env);
  return { name, changes, flags, backend: options.backend, secrets, downgrade: options.downgrade };
}

/** One line that says what was verified. */
function summary({ plan, port, recovery, backend }: InstallOutcome): string {
  const did = plan.steps.length === 0 ? 'nothing to do' : `${plan.steps.length} steps`;
  const before = recovery === 'nothing' ? '' : `, the interrupted change before it was ${recovery}`;
  return `${plan.service}: answering on 127.0.0.1:${port} (${backend.name}, ${did}${before})`;
}

export async function installCommand(name: string, command: string[], options: InstallFlags): Promise<void> {
  const out = output(options.json === true);
  const machine = { ...thisMachine(), progress: progressTo(out) };
  if (options.linger) refuseLinger(machine.system, options.backend);
  const installRequest = await request(name, command, options, out);
  if (options.dryRun) {
    const { renderPlan, shownSteps } = await import('../render/plan.ts');
    const { plan, backend, observed, port } = await prepareInstall(
      await dryRunService(machine, name),
      installRequest,
    );
    const steps = shownSteps(plan, backend, observed);
    return out.json
      ? out.printJson({ service: name, backend: backend.name, port, steps })
      : out.print(renderPlan(steps));
  }
  const ignored = machine.ignored ?? [];
  for (const { name: variable, value, reason } of ignored)
    out.info(`${variable}=${value} is not used: ${reason}`);
  const outcome = await install(machine, installRequest);
  const linger = options.linger ? await setLinger(machine, outcome.backend.name) : undefined;
  const legacies = outcome.plan.steps.length === 0 ? [] : await olderServices(machine);
  const machineNote = await idleNote(machine.system);
  if (out.json) {
    const { plan, backend, port, recovery, external } = outcome;
    return out.printJson({
      service: name,
      backend: backend.name,
      port,
      url: `http://127.0.0.1:${port}`,
      changed: plan.steps.length > 0,
      recovery,
      ...(external === undefined
        ? {}
        : { daemon: { adapter: external.spec.adapter ?? null, ...external.preflight } }),
      ...(linger === undefined ? {} : { linger }),
      legacies,
      ignored,
      ...(machineNote === undefined ? {} : { machineNote }),
    });
  }
  out.info(summary(outcome));
  for (const note of outcome.notes) out.info(note);
  if (linger !== undefined)
    out.info('lingering is enabled: it starts at boot and keeps running after logout');
  if (outcome.plan.steps.length > 0) out.info(await outcome.backend.guarantee(name));
  if (machineNote !== undefined) out.info(machineNote);
  reportOlderServices(out, legacies);
}
