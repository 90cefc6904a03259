import type { StepCommand } from '../service/migration-step.ts';
import type { Step, WriteFile } from '../service/step.ts';
import type { Argv } from '../system/exec.ts';
import type { DataMove } from './data-move.ts';

/** A file that defines an older service. */
export interface DefinitionFile {
  path: string;
  text: string;
  mode: number;
}

/** What the steps of every kind are made from, in addition to the finding. */
export interface StepsInput {
  /** The directory for the copies that a rollback needs. */
  directory: string;
  definitions: readonly DefinitionFile[];
  data: DataMove;
  /** The path for the list of copied files. */
  manifest: string;
  /** The argv of this program. */
  self: Argv;
  /** Variables that commands need to reach this user's service manager (XDG_RUNTIME_DIR). */
  managerEnvironment: Record<string, string>;
}

/** The steps of one kind. All can be undone. Those of `disable` and `remove` can also run twice. */
export interface MigrationSteps {
  /** Copies of its definition, for a rollback. */
  keep: WriteFile[];
  /** Stop it. It still starts automatically. Undo: start it again. */
  stop: Step[];
  /** Disable its automatic start. Its definition stays. */
  disable: Step[];
  /** Remove its definition. */
  remove: Step[];
  /** Remove one that was disabled before. Without it: `stop`, then `remove`. */
  removeKept?: Step[];
  /** `stop` also copies data that only an administrator can read. */
  bringsData?: boolean;
}

/** A copy of a file for a rollback. It may hold secrets, so only this user can read it. */
export function captured(path: string, content: string, encoding: WriteFile['encoding'] = 'utf8'): WriteFile {
  return { kind: 'write', path, content, encoding, mode: 0o600, secret: true, why: 'for the way back' };
}

/**
 * Root's commands that restore a file of root's. The text comes through a pipe, because this user could replace the
 * saved copy with a link. The file is readable by root only until it is complete.
 */
export function putBack({ path, text, mode }: DefinitionFile): StepCommand[] {
  const elevated = { reason: `put ${path} back` };
  return [
    { argv: ['install', '-m', '600', '-o', '0', '-g', '0', '/dev/null', path], elevated },
    { argv: ['tee', '--', path], elevated, input: text },
    { argv: ['chmod', mode.toString(8), '--', path], elevated },
  ];
}
