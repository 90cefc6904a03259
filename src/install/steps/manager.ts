import { allowStart } from '../../runtime/run-history-file.ts';
import type { ManagerStep, VerifyGoneStep, VerifyStep } from '../../service/step.ts';
import type { Verb } from '../../service/unit.ts';
import type { StepContext, StepHandler } from '../context.ts';
import { withFailureReason } from '../failure-detail.ts';

/** Carries out a verb. An explicit start resets the crash-loop limit of the host first. */
export async function perform({ system, backend, service, paths }: StepContext, verb: Verb): Promise<void> {
  if (verb === 'start' || verb === 'restart') await allowStart(system, paths);
  const since = system.clock.now();
  try {
    await backend.perform(verb, service);
  } catch (error) {
    throw await withFailureReason(error, system.files, paths, since);
  }
}

/** What to undo is part of the step: the plan knows what ran before. */
export const manager: StepHandler<ManagerStep, null> = {
  capture: async () => null,
  async run(step, context) {
    for (const verb of step.do) await perform(context, verb);
  },
  async undo(step, _before, context) {
    const starts = (verb: Verb) => verb === 'start' || verb === 'restart';
    for (const verb of step.undo) {
      if (context.mayStart !== false || !starts(verb)) await perform(context, verb);
    }
  },
};

const nothing = async () => undefined;

export const verify: StepHandler<VerifyStep, null> = {
  capture: async () => null,
  run: (step, context) => context.verify(step.build, step.timeoutMs),
  undo: nothing,
};

export const verifyGone: StepHandler<VerifyGoneStep, null> = {
  capture: async () => null,
  run: (step, context) => context.verifyGone(step.timeoutMs),
  undo: nothing,
};
