import { messageOf } from '../errors.ts';
import type { Step } from '../service/step.ts';
import type { StepContext } from './context.ts';
import { explained } from './disk-error.ts';
import type { Interrupted, JournalledStep } from './journal.ts';
import { handlerOf } from './steps/index.ts';

/** What was done with an interrupted plan. */
export type Recovery = 'nothing' | 'undone' | 'finished';

/** A step that could not be undone or finished. */
export interface StepFailure {
  step: JournalledStep;
  error: unknown;
}

/** What became of an interrupted plan. `kept`: the journal is still there, because a later run can do the rest. */
export interface Recovered {
  recovery: Recovery;
  failures: StepFailure[];
  kept: boolean;
}

/** The reasons of failed steps, each once. */
export function reasonsOf(failures: readonly StepFailure[]): string {
  return [...new Set(failures.map(({ error }) => messageOf(error)))].join('; ');
}

/**
 * Undoes the started steps, the last one first. A step that cannot be undone does not keep the others from it, except
 * in a migration: there the old daemon must not start beside a new one that could not be stopped.
 * What only the manager refused is no reason to keep the journal: the files are as they were, and whoever starts the
 * service finds them (N01). Otherwise the journal stays for the next run.
 */
export async function undo(
  { header, begun }: Pick<Interrupted, 'header' | 'begun'>,
  context: StepContext,
): Promise<Recovered> {
  const failures: StepFailure[] = [];
  for (const { index, before } of begun.toReversed()) {
    const step = header.steps[index];
    if (step === undefined) continue;
    try {
      await handlerOf(step).undo(step as Step, before, context, index);
    } catch (error) {
      failures.push({ step, error: await explained(context.system, error) });
      if (header.command === 'migrate') break;
    }
  }
  const first = header.steps[begun[0]?.index ?? 0];
  const isHarmless = ({ step }: StepFailure) =>
    step.kind === 'manager' && (header.command !== 'migrate' || step === first);
  const kept = !failures.every(isHarmless);
  if (!kept) await context.journal.close();
  return { recovery: 'undone', failures, kept };
}

/** Whether all steps before `finishFrom` were done. */
function isPast({ header: { finishFrom }, done }: Interrupted): boolean {
  return (
    finishFrom !== undefined && Array.from({ length: finishFrom }, (_, i) => i).every((i) => done.has(i))
  );
}

/** Carries out the rest of an interrupted plan, up to the first step that fails. */
async function finish({ header, done }: Interrupted, context: StepContext): Promise<Recovered> {
  for (const [index, step] of header.steps.entries()) {
    if (done.has(index)) continue;
    try {
      await handlerOf(step).run(step as Step, context);
    } catch (error) {
      const failures = [{ step, error: await explained(context.system, error) }];
      return { recovery: 'finished', failures, kept: true };
    }
  }
  await context.journal.close();
  return { recovery: 'finished', failures: [], kept: false };
}

/**
 * Ends an interrupted plan under the lock of the service: a committed plan is only closed, others are undone or
 * finished (X07). Never throws for a step that fails.
 */
export async function recover(interrupted: Interrupted, context: StepContext): Promise<Recovered> {
  const { header: head, committed } = interrupted;
  if (committed) {
    await context.journal.close();
    return { recovery: 'finished', failures: [], kept: false };
  }
  if (head.onInterrupt === 'undo' && !isPast(interrupted)) return undo(interrupted, context);
  return finish(interrupted, context);
}
