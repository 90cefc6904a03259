import { MemorydError } from '../errors.ts';
import { privateFiles } from '../layout.ts';
import { build, version } from '../package.ts';
import type { Backend } from '../platform/backend.ts';
import { selectBackend } from '../platform/select.ts';
import { readPort } from '../runtime/port-file.ts';
import { newToken } from '../runtime/token.ts';
import type { Observation } from '../service/observation.ts';
import { type DesiredInstall, planInstall } from '../service/plan-install.ts';
import { isFixedBasis } from '../service/port.ts';
import type { Plan } from '../service/step.ts';
import type { BackendName } from '../service/unit.ts';
import { closeExposedFiles } from '../system/exposed-files.ts';
import { apply } from './apply.ts';
import { choosePort } from './choose-port.ts';
import { desiredInstall, receiptOf, rootFlags, unitSpec } from './desired.ts';
import type { ExternalInstall } from './external.ts';
import { forgettingFailed } from './forget-failed.ts';
import { observe, observeDisk } from './observe.ts';
import { readReceipt } from './observe-files.ts';
import { type Program, planProgram } from './program.ts';
import { pruneApps } from './prune.ts';
import type { Recovery } from './recover.ts';
import { refuseDowngrade } from './refuse-downgrade.ts';
import { refuseNewerStore } from './refuse-newer-store.ts';
import { refuseSudo } from './refuse-sudo.ts';
import type { InstallRequest, RequestedDefinition } from './requested-definition.ts';
import { type LockedService, type Machine, stepContext, withServiceLock } from './service-lock.ts';
import { refuseAppHome } from './service-machine.ts';

/** A plan and its inputs: `--dry-run` shows it, `install` carries it out. */
export interface PreparedInstall {
  plan: Plan;
  backend: Backend;
  observed: Observation;
  desired: DesiredInstall;
  requested: RequestedDefinition;
  program: Program;
  port: number;
  /** What the user should know of the change. */
  notes: string[];
  /** Absent for the bundled daemon. */
  external: ExternalInstall | undefined;
}

export interface InstallOutcome extends PreparedInstall {
  recovery: Recovery;
}

type InstallTarget = Pick<LockedService, 'machine' | 'service' | 'paths'>;

/** Asks the backend of that name, or the native one, about the service. */
const ask = ({ machine, service }: InstallTarget, name: BackendName | undefined) =>
  selectBackend(machine.system, machine.roots, name, (backend) => observe(machine, service, backend));

/**
 * The backend with its state of the service, and the definition. The likely backend is asked while the schemas load.
 * Throws `failed` if the service is installed with another backend.
 */
async function requestAndObserve(locked: InstallTarget, request: InstallRequest) {
  const receipt = await readReceipt(locked.machine.system.files, locked.paths);
  refuseDowngrade(locked.service, receipt, version, request.downgrade);
  const before = receipt.kind === 'valid' ? receipt.receipt.backend : undefined;
  const likely = request.backend ?? before;
  const asking = ask(locked, likely);
  // Errors of the definition are reported first.
  asking.catch(() => undefined);
  const { requestedInstall } = await import('./requested-install.ts');
  const requested = await requestedInstall(locked, request);
  const name = request.backend ?? requested.requested.definition.backend ?? before;
  const { backend, seen } = await (name === likely ? asking : ask(locked, name));
  if (before !== undefined && before !== backend.name) {
    const { service } = locked;
    throw new MemorydError('failed', `"${service}" is installed with ${before}, not ${backend.name}`, {
      hint: `memoryd uninstall ${service} && memoryd install ${service} --backend ${backend.name}`,
    });
  }
  return { ...requested, backend, seen };
}

/** Works out the plan of an install. Changes nothing. */
export async function prepareInstall(
  locked: InstallTarget,
  request: InstallRequest,
): Promise<PreparedInstall> {
  const { machine, service, paths } = locked;
  const { system, roots } = machine;
  refuseSudo(system);
  refuseAppHome(machine);
  const { requested, external, backend, seen } = await requestAndObserve(locked, request);
  const { definition } = requested;
  if (external === undefined) refuseNewerStore(definition.dataDir ?? paths.data);
  const program = await planProgram(system.files, roots);
  const persisted = await readPort(system.files, paths);
  const { unit, answer } = seen;
  const held =
    answer.kind === 'live' ? answer.port : unit.kind === 'registered' ? persisted?.port : undefined;
  const fixed = external?.port === undefined ? definition : { ...definition, port: external.port };
  const port = await choosePort(system, fixed, persisted, external?.yields ? external.port : held);
  const spec = unitSpec({
    definition,
    program,
    flags: rootFlags(roots, machine.usualRoots()),
    paths,
    user: system.user,
    configHome: machine.configHome,
    port: external?.ownsPort ? null : port.port,
    startTimeoutSecs: external?.spec.startTimeoutSecs,
  });
  const units = await backend.render(spec);
  const desired = desiredInstall({
    ...requested,
    build,
    program,
    paths,
    port,
    newToken: newToken(),
    units,
    unitPaths: backend.unitPaths(service),
    settings: external?.settings,
    startTimeoutSecs: external?.spec.startTimeoutSecs,
  });
  const files = [...desired.secrets, ...desired.settings, ...desired.units].map(({ path }) => path);
  const observed = await observeDisk(
    locked,
    seen,
    [...files, ...desired.formerUnits],
    [...desired.copies, ...desired.laterCopies].map(({ to }) => to),
  );
  const plan = planInstall(desired, observed);
  const isRenamed =
    persisted?.port === port.port && persisted.basis !== port.basis && !isFixedBasis(persisted.basis);
  const notes = isRenamed
    ? [`it keeps port ${port.port}, which "${persisted.basis}" had: clients know it`]
    : [];
  return { plan, backend, observed, desired, requested, program, port: port.port, notes, external };
}

/** Lets the manager check new units. Throws with its output if it rejects one (X08). */
export async function checkUnits({ plan, backend, desired }: PreparedInstall): Promise<void> {
  if (plan.steps.some((step) => step.kind === 'write' && desired.units.includes(step))) {
    await backend.check(desired.units);
  }
}

/** Adds the step that writes the receipt, after everything before it is verified. */
export function addReceipt(
  { machine, paths }: Pick<LockedService, 'machine' | 'paths'>,
  prepared: PreparedInstall,
): void {
  const { plan, backend } = prepared;
  if (plan.steps.length === 0) return;
  const receipt = receiptOf({
    ...prepared,
    backend: backend.name,
    version,
    text: prepared.requested.text,
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
  return withServiceLock(machine, request.name, async (locked) => {
    let unitPaths: readonly string[] = [];
    return forgettingFailed(
      locked,
      () => unitPaths,
      async () => {
        await closeExposedFiles(machine.system, privateFiles(locked.paths));
        const prepared = await prepareInstall(locked, request);
        unitPaths = prepared.backend.unitPaths(locked.service);
        return carryOut(locked, prepared);
      },
    );
  });
}

async function carryOut(locked: LockedService, prepared: PreparedInstall): Promise<InstallOutcome> {
  const { machine } = locked;
  const { plan, backend } = prepared;
  addReceipt(locked, prepared);
  const checking = checkUnits(prepared);
  // The first step with a visible effect awaits it.
  checking.catch(() => undefined);
  if (plan.steps.length > 0) await prepared.external?.warmUp();
  await apply(plan, { ...stepContext(locked, backend), ready: checking }, machine.progress);
  if (plan.steps.length > 0)
    await pruneApps(machine.system.files, machine.roots, [prepared.program, prepared.observed.receipt]);
  return { ...prepared, recovery: locked.recovery };
}
