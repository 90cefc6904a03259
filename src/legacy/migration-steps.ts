import type { StepCommand } from '../service/migration-step.ts';
import type { Step, WriteFile } from '../service/step.ts';
import type { Argv } from '../system/exec.ts';
import type { DataMove } from './target.ts';

/** What lies at a path that defines a legacy. */
export interface DefinitionFile {
  path: string;
  text: string;
  mode: number;
}

/** What the steps of every kind are made from, beside the finding. */
export interface StepsInput {
  /** Where what is kept for the way back goes. */
  directory: string;
  definitions: readonly DefinitionFile[];
  data: DataMove;
  /** Where the list of what is copied goes. */
  manifest: string;
  /** argv of this program. */
  self: Argv;
  /** What this user's service manager is found with (XDG_RUNTIME_DIR). */
  managerEnvironment: Record<string, string>;
}

/** The steps of one kind of legacy. All can be undone; those of `disable` and `remove` can also run again. */
export interface MigrationSteps {
  /** What defines it, kept for the way back. */
  keep: WriteFile[];
  /** It is stopped, and would come back by itself. Undo: it runs again. */
  stop: Step[];
  /** Nothing starts it any more, and it is still there. */
  disable: Step[];
  /** It is gone. */
  remove: Step[];
  /** The same for one that was disabled before; `stop` and then `remove`, where that is the same. */
  removeKept?: Step[];
  /** `stop` brings the data along where only an administrator reads them. */
  bringsData?: boolean;
}

/** A copy of something, for the way back. It may hold secrets, so nobody else reads it. */
export function captured(path: string, content: string, encoding: WriteFile['encoding'] = 'utf8'): WriteFile {
  return { kind: 'write', path, content, encoding, mode: 0o600, secret: true, why: 'for the way back' };
}

/**
 * Root's commands that write a file of root's again. Its text comes through a pipe: the copy for the way back lies where
 * this user can put a link in its place. It is closed until it is whole.
 */
export function putBack({ path, text, mode }: DefinitionFile): StepCommand[] {
  const elevated = { reason: `put ${path} back` };
  return [
    { argv: ['install', '-m', '600', '-o', '0', '-g', '0', '/dev/null', path], elevated },
    { argv: ['tee', '--', path], elevated, input: text },
    { argv: ['chmod', mode.toString(8), '--', path], elevated },
  ];
}
