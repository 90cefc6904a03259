import { join } from 'node:path';
import type { LegacyCommand, StopProcess } from '../../service/migration-step.ts';
import type { FindingOf } from '../finding.ts';
import { kept, type MoveInput, type Moves } from './moves.ts';

/** The crontab with that line gone, or as a comment. Every other byte stays. */
function without(crontab: string, line: string, replacement: string[]): string {
  return crontab
    .split('\n')
    .flatMap((one) => (one === line ? replacement : [one]))
    .join('\n');
}

/** The moves of an `@reboot` line (pure). `start` names the run of the process it started, if that runs. */
export function crontabMoves(
  finding: FindingOf<'crontab'>,
  { directory }: MoveInput,
  start: string | undefined,
): Moves {
  const { line, crontab, run, command } = finding;
  const put = (input: string, why: string): LegacyCommand => ({
    kind: 'legacy-command',
    why,
    do: [{ argv: ['crontab', '-'], input }],
    undo: [{ argv: ['crontab', '-'], input: crontab }],
  });
  const pid = run.kind === 'running' ? run.pid : undefined;
  const stop: StopProcess[] =
    pid === undefined || start === undefined || command === undefined
      ? []
      : [
          {
            kind: 'stop-process',
            why: `stop process ${pid}`,
            pid,
            start,
            argv: [...command],
            workingDirectory: finding.home ?? '/',
          },
        ];
  return {
    keep: [kept(join(directory, 'crontab'), crontab)],
    stop,
    disable: [put(without(crontab, line, [`# ${line}`]), 'make the @reboot line a comment')],
    remove: [put(without(crontab, line, []), 'remove the @reboot line')],
  };
}
