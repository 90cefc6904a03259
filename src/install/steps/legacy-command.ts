import { MemorydError } from '../../errors.ts';
import type { LegacyCommand, StepCheck, StepCommand } from '../../service/migration-step.ts';
import type { ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import type { StepHandler } from '../context.ts';
import { asRoot, elevatedTimeoutMs, refusedElevation } from '../elevate.ts';

/** Legacy managers wait for slow daemons themselves: systemd 90 s, launchd 5 s, PM2 1.6 s. */
const commandTimeoutMs = 120_000;
const untilTimeoutMs = 60_000;

/** Whether the check holds now. */
export async function holds(
  { exec, files }: Pick<System, 'exec' | 'files'>,
  check: StepCheck,
): Promise<boolean> {
  if (check.kind === 'exits') {
    const result = await exec.run(check.argv, check.env === undefined ? {} : { env: check.env });
    return result.kind === 'exited' && check.codes.includes(result.code);
  }
  return ((await files.inspect(check.path)).kind === 'absent') === (check.kind === 'absent');
}

function wordsOf(result: ExecResult): string {
  if (result.kind === 'missing') return `${result.command}: not found`;
  if (result.kind === 'timeout') return `no answer within ${result.afterMs / 1000} s`;
  return result.stderr || result.stdout;
}

/**
 * Runs one command, and waits until its effect is seen. Throws `permission` for a refused elevation, else `failed`.
 */
export async function runCommand(system: System, command: StepCommand): Promise<void> {
  const { argv, elevated, accept = [], env, input, until, untilMs = untilTimeoutMs } = command;
  const real = elevated === undefined ? argv : asRoot(system, argv, elevated.reason);
  const result = await system.exec.run(real, {
    timeoutMs: elevated === undefined ? commandTimeoutMs : elevatedTimeoutMs,
    ...(env === undefined ? {} : { env }),
    ...(input === undefined ? {} : { input }),
  });
  const fine = result.kind === 'exited' && [0, ...accept].includes(result.code);
  if (!fine && elevated !== undefined && real !== argv)
    throw refusedElevation(elevated.reason, wordsOf(result));
  if (!fine) throw new MemorydError('failed', `${argv.join(' ')} failed`, { words: wordsOf(result) });
  if (until === undefined) return;
  if (!(await waitFor(() => holds(system, until), untilMs, 100))) {
    throw new MemorydError(
      'failed',
      `${argv.join(' ')} reported success, but had no effect within ${untilMs / 1000} s`,
    );
  }
}

export const legacyCommand: StepHandler<LegacyCommand, null> = {
  capture: async () => null,
  async run(step, { system }) {
    if (step.onlyIf !== undefined && !(await holds(system, step.onlyIf))) return;
    for (const command of step.do) await runCommand(system, command);
  },
  async undo(step, _before, { system }) {
    if (step.undone !== undefined && (await holds(system, step.undone))) return;
    for (const command of step.undo) await runCommand(system, command);
  },
};
