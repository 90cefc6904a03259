import { MemorydError, messageOf } from '../errors.ts';
import type { Plan, Step } from '../service/step.ts';
import type { StepContext } from './context.ts';
import type { Interrupted, JournalHeader, JournalledStep } from './journal.ts';
import { handlerOf } from './steps/index.ts';

/** Called when a step begins, to show progress. */
export type Progress = (step: JournalledStep, index: number, total: number) => void;

/** What was done with an interrupted plan. */
export type Recovery = 'nothing' | 'undone' | 'finished';

function journalled(step: Step): JournalledStep {
  const { content: _content, ...rest } = step as Step & { content?: string };
  return rest as JournalledStep;
}

function header(plan: Plan, context: StepContext): JournalHeader {
  const { command, service, onInterrupt, finishFrom } = plan;
  return {
    schema: 1,
    backend: context.backend.name,
    command,
    service,
    onInterrupt,
    ...(finishFrom === undefined ? {} : { finishFrom }),
    steps: plan.steps.map(journalled),
  };
}

/**
 * Undoes the started steps, the last one first. It stops at the first step that cannot be undone, and the journal
 * stays for the next run.
 */
async function undo(interrupted: Pick<Interrupted, 'header' | 'begun'>, context: StepContext): Promise<void> {
  for (const { index, before } of interrupted.begun.toReversed()) {
    const step = interrupted.header.steps[index];
    if (step !== undefined) await handlerOf(step).undo(step as Step, before, context, index);
  }
  await context.journal.close();
}

/**
 * Carries out a plan. Each step is recorded on disk before it begins. It is the only executor: install, upgrade,
 * uninstall, migration and repair are different plans for it.
 * If a step fails, a plan with `undo` is undone before the error is thrown, so that what ran before runs again. A plan
 * with `finish` is left for the next run, which finishes it.
 */
export async function apply(
  plan: Plan,
  context: StepContext,
  progress: Progress = () => undefined,
): Promise<void> {
  if (plan.steps.length === 0) return;
  const { journal } = context;
  const head = header(plan, context);
  const begun: Interrupted['begun'] = [];
  // Plans that only delete never write secrets.
  if (plan.onInterrupt === 'undo') await context.keepPrivate?.();
  await journal.open(head);
  try {
    for (const [index, step] of plan.steps.entries()) {
      const handler = handlerOf(step);
      if (step.kind !== 'copy') await context.ready;
      const before = plan.onInterrupt === 'undo' ? await handler.capture(step, context, index) : null;
      await journal.begin(index, before);
      begun.push({ index, before });
      progress(journalled(step), index, plan.steps.length);
      await handler.run(step, context);
      await journal.done(index);
    }
    await journal.commit();
  } catch (error) {
    if (plan.onInterrupt === 'undo') await undoAfter(error, { header: head, begun }, context);
    throw error;
  }
  await journal.close();
}

async function undoAfter(error: unknown, done: Pick<Interrupted, 'header' | 'begun'>, context: StepContext) {
  try {
    await undo(done, context);
  } catch (second) {
    throw new MemorydError(
      'failed',
      `${messageOf(error)}; undoing the change failed too: ${messageOf(second)}`,
      {
        hint: `memoryd install ${context.service}`,
        cause: error,
      },
    );
  }
}

/** Whether all steps before `finishFrom` were done. */
function isPast({ header: { finishFrom }, done }: Interrupted): boolean {
  return (
    finishFrom !== undefined && Array.from({ length: finishFrom }, (_, i) => i).every((i) => done.has(i))
  );
}

/**
 * Ends an interrupted plan under the lock of the service: a committed plan is only closed, others are undone or
 * finished (X07).
 */
export async function recover(interrupted: Interrupted, context: StepContext): Promise<Recovery> {
  const { header: head, committed, done } = interrupted;
  if (committed) {
    await context.journal.close();
    return 'finished';
  }
  if (head.onInterrupt === 'undo' && !isPast(interrupted)) {
    await undo(interrupted, context);
    return 'undone';
  }
  for (const [index, step] of head.steps.entries()) {
    if (!done.has(index)) await handlerOf(step).run(step as Step, context);
  }
  await context.journal.close();
  return 'finished';
}
