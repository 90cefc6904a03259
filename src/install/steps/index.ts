import type { Step } from '../../service/step.ts';
import type { StepHandler } from '../context.ts';
import { removeFile, writeFile } from './file.ts';
import { manager, verify, verifyGone } from './manager.ts';
import { copyTree, removeTree } from './tree.ts';

const handlers: { [K in Step['kind']]: StepHandler<Extract<Step, { kind: K }>, never> } = {
  write: writeFile as StepHandler<never, never>,
  remove: removeFile as StepHandler<never, never>,
  copy: copyTree as StepHandler<never, never>,
  'remove-tree': removeTree as StepHandler<never, never>,
  manager: manager as StepHandler<never, never>,
  verify: verify as StepHandler<never, never>,
  'verify-gone': verifyGone as StepHandler<never, never>,
};

/** Who carries out a step. What `capture` gives comes back to the same handler's `undo`, through JSON. */
export function handlerOf(step: { kind: Step['kind'] }): StepHandler<Step, unknown> {
  return handlers[step.kind] as unknown as StepHandler<Step, unknown>;
}
