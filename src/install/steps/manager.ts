import type { ManagerStep, VerifyGoneStep, VerifyStep } from '../../service/step.ts';
import type { StepHandler } from '../context.ts';

/** What to undo stands in the step itself: the plan knew what ran before. */
export const manager: StepHandler<ManagerStep, null> = {
  capture: async () => null,
  async run(step, { backend, service }) {
    for (const verb of step.do) await backend.perform(verb, service);
  },
  async undo(step, _before, { backend, service }) {
    for (const verb of step.undo) await backend.perform(verb, service);
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
