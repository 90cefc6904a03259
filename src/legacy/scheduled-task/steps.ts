import { join } from 'node:path';
import { schtasksArgv } from '../../platform/task-scheduler/schtasks.ts';
import type { LegacyCommand } from '../../service/migration-step.ts';
import type { FindingOf } from '../finding.ts';
import { captured, type MigrationSteps, type StepsInput } from '../migration-steps.ts';

/** The values of an HRESULT as an exit code: unsigned and signed on Windows, and the low byte on other systems. */
const hresult = (code: number): number[] => [code, code | 0, code & 0xff];

/** SCHED_E_TASK_NOT_RUNNING and ERROR_FILE_NOT_FOUND: nothing has to be done. */
const notRunning = hresult(0x8004_130b);
const absent = hresult(0x8007_0002);

/** Gives the migration steps of a scheduled task of this user (pure). */
export function taskSteps(
  { name, xml, run, starts }: FindingOf<'task'>,
  { directory }: StepsInput,
): MigrationSteps {
  const copy = join(directory, 'task.xml');
  const change = (flag: string): [string, ...string[]] => [
    'schtasks',
    '/change',
    '/tn',
    name,
    flag,
    '/hresult',
  ];
  const stop: LegacyCommand = {
    kind: 'legacy-command',
    why: `end the task ${name}`,
    // It ends one process and not its children (W11), so the next step waits for the port.
    do: [{ argv: schtasksArgv.end(name), accept: notRunning }],
    undo: [{ argv: schtasksArgv.run(name) }],
  };
  const disable: LegacyCommand = {
    kind: 'legacy-command',
    why: `no longer start the task ${name}`,
    do: [{ argv: change('/disable') }],
    undo: [{ argv: change('/enable') }],
  };
  const remove: LegacyCommand = {
    kind: 'legacy-command',
    why: `delete the task ${name}`,
    do: [{ argv: schtasksArgv.delete(name), accept: absent }],
    undo: [{ argv: schtasksArgv.create(name, copy) }],
  };
  return {
    keep: xml === undefined ? [] : [captured(copy, xml.replace(/^\ufeff/, ''), 'utf16le-bom')],
    stop: run.kind === 'running' ? [stop] : [],
    disable: starts === 'enabled' ? [disable] : [],
    remove: xml === undefined ? [disable] : [remove],
  };
}
