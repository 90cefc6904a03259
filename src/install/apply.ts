import { isFullDisk, MemorydError, messageOf } from '../errors.ts';
import type { Plan, Step } from '../service/step.ts';
import type { StepContext } from './context.ts';
import { explained } from './disk-error.ts';
import type { Interrupted, JournalHeader, JournalledStep } from './journal.ts';
import { reasonsOf, type StepFailure, undo } from './recover.ts';
import { handlerOf } from './steps/index.ts';

/** Called when a step begins, to show progress. */
export type Progress = (step: JournalledStep, index: number, total: number) => void;

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

/** Steps that only remove: one that fails does not keep the others from it. */
const removals: readonly Step['kind'][] = ['remove', 'remove-tree'];

/** Carries out one step of a plan, or records that it cannot be done. */
async function runStep(step: Step, context: StepContext, lasting: boolean): Promise<StepFailure | undefined> {
  try {
    await handlerOf(step).run(step, context);
    return undefined;
  } catch (error) {
    const cause = await explained(context.system, error);
    if (lasting || !removals.includes(step.kind)) throw cause;
    return { step: journalled(step), error: cause };
  }
}

/** The error for things that could not be removed, after everything else was. */
function throwLeft(failures: readonly StepFailure[]): void {
  const [first] = failures;
  if (first === undefined) return;
  const { kind = 'failed', hint } = first.error instanceof MemorydError ? first.error : {};
  const left = failures.map(({ step }) => ('path' in step ? step.path : step.kind));
  throw new MemorydError(
    kind as MemorydError['kind'],
    `still there: ${left.join(', ')}: ${messageOf(first.error)}`,
    {
      ...(hint === undefined ? {} : { hint }),
      cause: first.error,
    },
  );
}

/**
 * Carries out a plan. Each step is recorded on disk before it begins. It is the only executor: install, upgrade,
 * uninstall, migration and repair are different plans for it.
 * If a step fails, a plan with `undo` is undone before the error is thrown, so that what ran before runs again. A plan
 * with `finish` removes what it can and names the rest.
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
  const lasting = plan.onInterrupt === 'undo';
  /** A plan that only removes is right without its journal, and must work on a full disk (N06). */
  const record = async (write: Promise<void>) => {
    try {
      await write;
    } catch (error) {
      if (lasting || !isFullDisk(error)) throw await explained(context.system, error);
    }
  };
  // Plans that only delete never write secrets.
  if (lasting) await context.keepPrivate?.();
  await record(journal.open(head));
  const failures: StepFailure[] = [];
  try {
    for (const [index, step] of plan.steps.entries()) {
      const handler = handlerOf(step);
      if (step.kind !== 'copy') await context.ready;
      const before = lasting ? await handler.capture(step, context, index) : null;
      await record(journal.begin(index, before));
      begun.push({ index, before });
      progress(journalled(step), index, plan.steps.length);
      const failure = await runStep(step, context, lasting);
      if (failure !== undefined) failures.push(failure);
      await record(journal.done(index));
    }
    await record(journal.commit());
  } catch (error) {
    if (lasting) await undoAfter(error, { header: head, begun }, context);
    throw await explained(context.system, error);
  }
  await journal.close();
  throwLeft(failures);
}

/** Undoes a plan that failed with `error`. Throws if that fails too, with both reasons. */
async function undoAfter(error: unknown, done: Pick<Interrupted, 'header' | 'begun'>, context: StepContext) {
  const { failures, kept } = await undo(done, context);
  if (failures.length === 0) return;
  const cause = await explained(context.system, error);
  const known = cause instanceof MemorydError ? cause : undefined;
  const [first] = failures;
  const own = first?.error instanceof MemorydError ? first.error.hint : undefined;
  const hint = kept ? (own ?? `memoryd uninstall ${context.service}`) : known?.hint;
  const what = kept ? 'undoing the change failed too' : 'what ran before was not started again';
  throw new MemorydError(known?.kind ?? 'failed', `${messageOf(cause)}; ${what}: ${reasonsOf(failures)}`, {
    ...(known?.words === undefined ? {} : { words: known.words }),
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
