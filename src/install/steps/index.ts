import type { Step } from '../../service/step.ts';
import type { StepHandler } from '../context.ts';
import { awaitPort } from './await-port.ts';
import { copyData } from './copy-data.ts';
import { crontabLine } from './crontab-line.ts';
import { elevatedEnd, elevatedMove } from './elevated.ts';
import { removeFile, writeFile } from './file.ts';
import { legacyCommand } from './legacy-command.ts';
import { manager, verify, verifyGone } from './manager.ts';
import { pm2Forget } from './pm2-forget.ts';
import { recordMigration } from './record.ts';
import { stopProcess } from './stop-process.ts';
import { copyTree, removeTree } from './tree.ts';
import { verifyData } from './verify-data.ts';

const handlers: { [K in Step['kind']]: StepHandler<Extract<Step, { kind: K }>, never> } = {
  write: writeFile as StepHandler<never, never>,
  remove: removeFile as StepHandler<never, never>,
  copy: copyTree as StepHandler<never, never>,
  'remove-tree': removeTree as StepHandler<never, never>,
  manager: manager as StepHandler<never, never>,
  verify: verify as StepHandler<never, never>,
  'verify-gone': verifyGone as StepHandler<never, never>,
  'legacy-command': legacyCommand as StepHandler<never, never>,
  'await-port': awaitPort as StepHandler<never, never>,
  'copy-data': copyData as StepHandler<never, never>,
  'verify-data': verifyData as StepHandler<never, never>,
  'pm2-forget': pm2Forget as StepHandler<never, never>,
  'crontab-line': crontabLine as StepHandler<never, never>,
  'stop-process': stopProcess as StepHandler<never, never>,
  'elevated-move': elevatedMove as StepHandler<never, never>,
  'elevated-end': elevatedEnd as StepHandler<never, never>,
  record: recordMigration as StepHandler<never, never>,
};

/** The handler of a step. The result of `capture` is passed to `undo` of the same handler, through JSON. */
export function handlerOf(step: { kind: Step['kind'] }): StepHandler<Step, unknown> {
  return handlers[step.kind] as unknown as StepHandler<Step, unknown>;
}
