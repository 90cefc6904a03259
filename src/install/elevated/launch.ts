import { MemorydError } from '../../errors.ts';
import { commandLine } from '../../platform/task-scheduler/escape.ts';
import type { Argv } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { elevatedTimeoutMs } from '../elevate.ts';

/** A literal of PowerShell's: it takes every kind of single quote for one. about_Quoting_Rules */
const literal = (text: string): string => `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;

/**
 * Starts a program elevated, and comes back once it is: Windows asks the person first. There is no other way to ask
 * without a helper program of our own; it happens once, in sight, and nothing but this runs in PowerShell.
 * Throws `permission` when it is refused.
 */
export async function launchElevated(
  { exec }: Pick<System, 'exec'>,
  [program, ...args]: Argv,
  reason: string,
): Promise<void> {
  const start = `Start-Process -Verb RunAs -WindowStyle Minimized -FilePath ${literal(program)} -ArgumentList ${literal(commandLine(args))}`;
  const argv = [
    'powershell',
    '-NoProfile',
    '-NonInteractive',
    '-Command',
    `$ErrorActionPreference = 'Stop'; ${start}`,
  ] as const;
  const result = await exec.run(argv, { timeoutMs: elevatedTimeoutMs });
  if (result.kind === 'exited' && result.code === 0) return;
  throw new MemorydError('permission', `an administrator is needed to ${reason}`, {
    words: 'stderr' in result ? result.stderr : result.kind,
    hint: 'memoryd migrate',
  });
}
