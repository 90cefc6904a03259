import { changeless, type Machine } from '../../install/change.ts';
import { refuseClosed } from '../../legacy/look.ts';
import { planTarget } from '../../legacy/migrate.ts';
import { type MigrateRequest, prepareMigration } from '../../legacy/prepare.ts';
import { rootScript } from '../../legacy/script.ts';
import { managerEnvironment } from '../../platform/systemd/systemctl.ts';
import type { Output } from '../output.ts';
import { findingDocument, renderFinding } from '../render/findings.ts';
import { renderPlan, shownSteps } from '../render/plan.ts';

async function prepared(machine: Machine, request: MigrateRequest) {
  const target = planTarget(machine, request);
  return prepareMigration(changeless(machine, target.service), request, target);
}

/** What is found, and what a migration of it would do. */
export async function showMigration(out: Output, machine: Machine, request: MigrateRequest): Promise<void> {
  const { finding } = request;
  if (!out.json) out.data(renderFinding(finding));
  if (finding.handling.kind === 'report') {
    return out.json ? out.document({ finding: findingDocument(finding) }) : undefined;
  }
  const { plan, install, target, elevated } = await prepared(machine, request);
  const steps = shownSteps(plan, install.backend, install.observed);
  if (out.json) {
    const { service, notes } = target;
    return out.document({ finding: findingDocument(finding), service, elevated, notes, steps });
  }
  const root = elevated.map((reason) => `  ${reason}`);
  const notes = target.notes.map((note) => `! ${note}`);
  out.data(
    [...(root.length === 0 ? [] : ['root is needed to', ...root]), ...notes, renderPlan(steps)].join('\n'),
  );
}

/** What of this user's environment the user's part of a script needs. */
const passed = ['PATH', 'LANG', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'] as const;

/** Root's part, to be read and run. */
export async function printScript(out: Output, machine: Machine, request: MigrateRequest): Promise<void> {
  const { system } = machine;
  refuseClosed(request.finding);
  const { plan, target } = await prepared(machine, request);
  const { wishes } = request;
  const manager = Object.entries(await managerEnvironment(system));
  const own = passed.map((name) => [name, system.env[name]] as const);
  const known = [...manager, ...own].filter((pair): pair is [string, string] => pair[1] !== undefined);
  const script = rootScript({
    finding: request.finding,
    plan,
    target,
    user: system.user,
    environment: Object.fromEntries(known),
    platform: system.platform,
    self: request.self,
    options: [
      ...(wishes.port === undefined ? [] : ['--port', String(wishes.port)]),
      ...(wishes.dataTo === undefined ? [] : ['--data-to', wishes.dataTo]),
      ...(request.backend === undefined ? [] : ['--backend', request.backend]),
    ],
  });
  out.data(script.trimEnd());
}
