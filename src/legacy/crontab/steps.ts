import { join } from 'node:path';
import type { CrontabLine, StopProcess } from '../../service/migration-step.ts';
import type { FindingOf } from '../finding.ts';
import { captured, type MigrationSteps, type StepsInput } from '../migration-steps.ts';
import { keptMark } from './detect.ts';

/**
 * Gives the migration steps of an `@reboot` line (pure). `start` is the start identity of the process that the line
 * started, if that process runs.
 */
export function crontabSteps(
  finding: FindingOf<'crontab'>,
  { directory }: StepsInput,
  start: string | undefined,
): MigrationSteps {
  const { line, crontab, run, command, starts } = finding;
  const put = (replacement: string | null, why: string): CrontabLine => ({
    kind: 'crontab-line',
    why,
    line,
    replacement,
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
            environment: { ...finding.environment },
            workingDirectory: finding.home ?? '/',
          },
        ];
  return {
    keep: [captured(join(directory, 'crontab'), crontab, 'latin1')],
    stop,
    disable: starts === 'disabled' ? [] : [put(`${keptMark}${line}`, 'make the @reboot line a comment')],
    remove: [put(null, 'remove the @reboot line')],
  };
}
