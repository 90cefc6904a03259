import { MemorydError } from '../errors.ts';
import { privateFiles } from '../layout.ts';
import { build, version } from '../package.ts';
import type { Backend } from '../platform/backend.ts';
import { selectBackend } from '../platform/select.ts';
import { readPort } from '../runtime/port-file.ts';
import { newToken } from '../runtime/token.ts';
import type { Observation } from '../service/observation.ts';
import { type DesiredInstall, planInstall } from '../service/plan-install.ts';
import type { Plan } from '../service/step.ts';
import type { BackendName } from '../service/unit.ts';
import { closeExposedFiles } from '../system/exposed-files.ts';
import { apply, type Recovery } from './apply.ts';
import { choosePort } from './choose-port.ts';
import { desiredInstall, receiptOf, rootFlags, unitSpec } from './desired.ts';
import type { ForeignInstall } from './external.ts';
import { forgettingFailed } from './forget-failed.ts';
import { observe, survey } from './observe.ts';
import { readReceipt } from './observe-files.ts';
import { type Program, planProgram } from './program.ts';
import { pruneApps } from './prune.ts';
import { refuseSudo } from './refuse-sudo.ts';
import type { InstallRequest, Wanted } from './requested-definition.ts';
import { type Change, changing, type Machine, stepContext } from './service-lock.ts';

/** A plan and its inputs: `--dry-run` shows it, `install` carries it out. */
export interface PreparedInstall {
  plan: Plan;
  backend: Backend;
  observed: Observation;
  desired: DesiredInstall;
  wanted: Wanted;
  program: Program;
  port: number;
  /** Absent for the bundled daemon. */
  foreign: ForeignInstall | undefined;
}

export interface InstallOutcome extends PreparedInstall {
  recovery: Recovery;
}

type Target = Pick<Change, 'machine' | 'service' | 'paths'>;

/** Asks the backend of that name, or the native one, about the service. */
const ask = ({ machine, service }: Target, name: BackendName | undefined) =>
  selectBackend(machine.system, machine.roots, name, (backend) => observe(machine, service, backend));

/**
 * The backend with its state of the service, and the definition. The likely backend is asked while the schemas load.
 * Throws `failed` if the service is installed with another backend.
 */
async function wantedAndSeen(change: Target, request: InstallRequest) {
  const receipt = await readReceipt(change.machine.system.files, change.paths);
  const before = receipt.kind === 'valid' ? receipt.receipt.backend : undefined;
  const likely = request.backend ?? before;
  const asking = ask(change, likely);
  // Errors of the definition are reported first.
  asking.catch(() => undefined);
  const { wantedInstall } = await import('./requested-install.ts');
  const wish = await wantedInstall(change, request);
  const name = request.backend ?? wish.wanted.definition.backend ?? before;
  const { backend, seen } = await (name === likely ? asking : ask(change, name));
  if (before !== undefined && before !== backend.name) {
    const { service } = change;
    throw new MemorydError('failed', `"${service}" is installed with ${before}, not ${backend.name}`, {
      hint: `memoryd uninstall ${service} && memoryd install ${service} --backend ${backend.name}`,
    });
  }
  return { ...wish, backend, seen };
}

/** Works out the plan of an install. Changes nothing. */
export async function prepareInstall(change: Target, request: InstallRequest): Promise<PreparedInstall> {
  const { machine, service, paths } = change;
  const { system, roots } = machine;
  refuseSudo(system);
  const { wanted, foreign, backend, seen } = await wantedAndSeen(change, request);
  const { definition } = wanted;
  const program = planProgram(roots);
  const persisted = await readPort(system.files, paths);
  const { unit, answer } = seen;
  const held =
    answer.kind === 'live' ? answer.port : unit.kind === 'registered' ? persisted?.port : undefined;
  const fixed = foreign?.port === undefined ? definition : { ...definition, port: foreign.port };
  const port = await choosePort(system, fixed, persisted, foreign?.yields ? foreign.port : held);
  const spec = unitSpec({
    definition,
    program,
    flags: rootFlags(roots, machine.usualRoots),
    paths,
    user: system.user,
    configHome: machine.configHome,
    port: foreign?.bindsItself ? null : port.port,
    startTimeoutSecs: foreign?.spec.startTimeoutSecs,
  });
  const units = await backend.render(spec);
  const desired = desiredInstall({
    ...wanted,
    build,
    program,
    paths,
    port,
    newToken: newToken(),
    units,
    unitPaths: backend.unitPaths(service),
    settings: foreign?.settings,
    startTimeoutSecs: foreign?.spec.startTimeoutSecs,
  });
  const files = [...desired.secrets, ...desired.settings, ...desired.units].map(({ path }) => path);
  const observed = await survey(
    change,
    seen,
    [...files, ...desired.formerUnits],
    [...desired.copies, ...desired.laterCopies].map(({ to }) => to),
  );
  const plan = planInstall(desired, observed);
  return { plan, backend, observed, desired, wanted, program, port: port.port, foreign };
}

/** Lets the manager check new units. Throws with its output if it rejects one (X08). */
export async function checkUnits({ plan, backend, desired }: PreparedInstall): Promise<void> {
  if (plan.steps.some((step) => step.kind === 'write' && desired.units.includes(step))) {
    await backend.check(desired.units);
  }
}

/** Adds the step that writes the receipt, after everything before it is verified. */
export function addReceipt(
  { machine, paths }: Pick<Change, 'machine' | 'paths'>,
  prepared: PreparedInstall,
): void {
  const { plan, backend } = prepared;
  if (plan.steps.length === 0) return;
  const receipt = receiptOf({
    ...prepared,
    backend: backend.name,
    version,
    text: prepared.wanted.text,
    now: machine.system.clock.now(),
  });
  plan.steps.push({
    kind: 'write',
    path: paths.receipt,
    content: `${JSON.stringify(receipt, null, 2)}\n`,
    encoding: 'utf8',
    mode: 0o600,
    why: 'the receipt of this install',
  });
}

/**
 * Installs or updates a service, and resolves when it answers as this build. Does nothing if nothing has to change. If
 * it throws, what ran before runs again; errors.ts lists the kinds.
 */
export async function install(machine: Machine, request: InstallRequest): Promise<InstallOutcome> {
  refuseSudo(machine.system);
  return changing(machine, request.name, async (change) => {
    let unitPaths: readonly string[] = [];
    return forgettingFailed(
      change,
      () => unitPaths,
      async () => {
        await closeExposedFiles(machine.system, privateFiles(change.paths));
        const prepared = await prepareInstall(change, request);
        unitPaths = prepared.backend.unitPaths(change.service);
        return carryOut(change, prepared);
      },
    );
  });
}

async function carryOut(change: Change, prepared: PreparedInstall): Promise<InstallOutcome> {
  const { machine } = change;
  const { plan, backend } = prepared;
  addReceipt(change, prepared);
  const checking = checkUnits(prepared);
  // The first step with a visible effect awaits it.
  checking.catch(() => undefined);
  if (plan.steps.length > 0) await prepared.foreign?.warmUp();
  await apply(plan, { ...stepContext(change, backend), ready: checking }, machine.progress);
  if (plan.steps.length > 0)
    await pruneApps(machine.system.files, machine.roots, [prepared.program, prepared.observed.receipt]);
  return { ...prepared, recovery: change.recovery };
}
