import { dryRunService, type Machine } from '../../install/service-lock.ts';
import type { Downtime } from '../../legacy/downtime.ts';
import { refuseClosed } from '../../legacy/inspect.ts';
import { planTarget } from '../../legacy/migrate.ts';
import { type MigrateRequest, prepareMigration } from '../../legacy/prepare.ts';
import { rootScript } from '../../legacy/script.ts';
import { managerEnvironment } from '../../platform/systemd/systemctl.ts';
import type { Output } from '../output.ts';
import { administrator, findingDocument, renderFinding } from '../render/findings.ts';
import { renderPlan, shownSteps } from '../render/plan.ts';
import type { ShownStep } from '../render/shown-step.ts';

async function prepared(machine: Machine, request: MigrateRequest) {
  const target = planTarget(machine, request);
  return prepareMigration(await dryRunService(machine, target.service), request, target);
}

/** The steps in three phases: while the old daemon serves, while no daemon serves, and while the new one serves. */
function renderPhases(steps: readonly ShownStep[], downtime: Downtime | undefined): string {
  if (downtime === undefined) return renderPlan(steps);
  const phases: [string, readonly ShownStep[]][] = [
    ['while the old daemon serves:', steps.slice(0, downtime.from)],
    ['while no daemon serves (the time is printed at the end):', steps.slice(downtime.from, downtime.to)],
    ['after the new daemon serves:', steps.slice(downtime.to)],
  ];
  return phases.map(([head, some]) => `${head}\n${renderPlan(some)}`).join('\n');
}

/** Shows a finding and the steps of its migration. */
export async function showMigration(out: Output, machine: Machine, request: MigrateRequest): Promise<void> {
  const { finding } = request;
  if (!out.json) out.print(renderFinding(finding));
  if (finding.handling.kind === 'report') {
    return out.json ? out.printJson({ finding: findingDocument(finding) }) : undefined;
  }
  const { plan, install, target, elevated, downtime } = await prepared(machine, request).catch(
    (error: unknown) => {
      // What is missing may be in a file that only root can read.
      refuseClosed(finding);
      throw error;
    },
  );
  const shown = (to: number) =>
    shownSteps({ ...plan, steps: plan.steps.slice(0, to) }, install.backend, install.observed);
  const steps = shown(plan.steps.length);
  const shownGap =
    downtime === undefined ? undefined : { from: shown(downtime.from).length, to: shown(downtime.to).length };
  if (out.json) {
    const { service, notes } = target;
    return out.printJson({
      finding: findingDocument(finding),
      service,
      elevated,
      notes,
      steps,
      gap: shownGap ?? null,
    });
  }
  const needed = elevated.map((reason) => `  ${reason}`);
  const notes = target.notes.map((note) => `! ${note}`);
  out.print(
    [
      ...(needed.length === 0 ? [] : [`${administrator(finding)} is needed to`, ...needed]),
      ...notes,
      renderPhases(steps, shownGap),
    ].join('\n'),
  );
}

/** The variables of this user's environment that the user's part of the script needs. */
const passed = ['PATH', 'LANG', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'] as const;

/** Prints root's part as a script. */
export async function printScript(out: Output, machine: Machine, request: MigrateRequest): Promise<void> {
  const { system } = machine;
  const { finding } = request;
  refuseClosed(finding);
  const { plan, target } = await prepared(machine, request);
  const { requested } = request;
  const manager = Object.entries(await managerEnvironment(system));
  const own = passed.map((name) => [name, system.env[name]] as const);
  const known = [...manager, ...own].filter((pair): pair is [string, string] => pair[1] !== undefined);
  const script = rootScript({
    finding,
    plan,
    target,
    user: system.user,
    environment: Object.fromEntries(known),
    platform: system.platform,
    self: request.self,
    settings: request.settings,
    options: [
      ...(requested.port === undefined ? [] : ['--port', String(requested.port)]),
      ...('path' in finding.data ? ['--data', finding.data.path] : []),
      ...(requested.newKeys === true ? ['--new-keys'] : []),
      ...(requested.dataTo === undefined ? [] : ['--data-to', requested.dataTo]),
      ...(request.backend === undefined ? [] : ['--backend', request.backend]),
    ],
  });
  out.print(script.trimEnd());
}
