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

/** The handler of each kind of step. A handler bound to another kind does not compile: their steps differ in `kind`. */
const handlers = {
  write: writeFile,
  remove: removeFile,
  copy: copyTree,
  'remove-tree': removeTree,
  manager,
  verify,
  'verify-gone': verifyGone,
  'legacy-command': legacyCommand,
  'await-port': awaitPort,
  'copy-data': copyData,
  'verify-data': verifyData,
  'pm2-forget': pm2Forget,
  'crontab-line': crontabLine,
  'stop-process': stopProcess,
  'elevated-move': elevatedMove,
  'elevated-end': elevatedEnd,
  record: recordMigration,
} satisfies { [K in Step['kind']]: StepHandler<Extract<Step, { kind: K }>> };

/** The handler of a step. The result of `capture` is passed to `undo` of the same handler, through JSON. */
export function handlerOf(step: { kind: Step['kind'] }): StepHandler<Step> {
  return handlers[step.kind];
}
