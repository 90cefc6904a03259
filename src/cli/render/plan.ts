import { createTwoFilesPatch } from 'diff';
import type { Backend } from '../../platform/backend.ts';
import type { Observation } from '../../service/observation.ts';
import { shellLine } from '../../service/shell-line.ts';
import type { Plan, Step } from '../../service/step.ts';
import { isMigrationStep, renderMigrationStep, showMigrationStep } from './migration-steps.ts';
import type { ShownStep } from './shown-step.ts';

function diffOf(step: Extract<Step, { kind: 'write' }>, observed: Observation): string {
  const seen = observed.files.get(step.path);
  const before = seen?.kind === 'file' ? seen.content : '';
  const from = seen?.kind === 'file' ? step.path : '/dev/null';
  return createTwoFilesPatch(from, step.path, before, step.content, undefined, undefined, { context: 3 })
    .split('\n')
    .slice(1)
    .join('\n');
}

function showStep(step: Step, { service }: Plan, backend: Backend, observed: Observation): ShownStep[] {
  const { kind, why: reason } = step;
  if (isMigrationStep(step)) return [showMigrationStep(step)];
  switch (step.kind) {
    case 'write':
      return [{ kind, reason, path: step.path, ...(step.secret ? {} : { diff: diffOf(step, observed) }) }];
    case 'remove':
    case 'remove-tree':
      return [{ kind, reason, path: step.path }];
    case 'copy':
      return [{ kind, reason, from: step.from, to: step.to }];
    case 'manager': {
      const commands = step.do.flatMap((verb) => backend.commands(verb, service));
      return step.do.length === 0 ? [] : [{ kind, reason, commands }];
    }
    case 'verify':
    case 'verify-gone':
      return [{ kind, reason }];
  }
}

/**
 * The steps of a plan: files as diffs, service manager calls as argv. Steps that only matter for a rollback are left
 * out.
 */
export function shownSteps(plan: Plan, backend: Backend, observed: Observation): ShownStep[] {
  return plan.steps.flatMap((step) => showStep(step, plan, backend, observed));
}

/** The same as text. */
export function renderPlan(steps: readonly ShownStep[]): string {
  if (steps.length === 0) return 'nothing to do';
  return steps.map(renderStep).join('\n');
}

function renderStep(step: ShownStep): string {
  switch (step.kind) {
    case 'write':
      return `write ${step.path} (${step.reason})${step.diff === undefined ? '' : `\n${step.diff.replace(/^/gm, '  ').trimEnd()}`}`;
    case 'remove':
    case 'remove-tree':
      return `remove ${step.path} (${step.reason})`;
    case 'copy':
      return `copy ${step.from} to ${step.to} (${step.reason})`;
    case 'manager':
      return [
        `tell the service manager (${step.reason})`,
        ...(step.commands ?? []).map((argv) => `  ${shellLine(argv)}`),
      ].join('\n');
    case 'verify':
      return `wait until it answers (${step.reason})`;
    case 'verify-gone':
      return `wait until nothing answers (${step.reason})`;
    default:
      return renderMigrationStep(step);
  }
}
