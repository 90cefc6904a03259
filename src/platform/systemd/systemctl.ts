import { posix } from 'node:path';
import type { Argv, ExecOptions, ExecResult } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';

/**
 * The directory of the user manager. Under su, sudo and cron, XDG_RUNTIME_DIR is missing or belongs to another user
 * (L01).
 */
export async function runtimeDirectory({
  env,
  user,
  files,
}: Pick<System, 'env' | 'user' | 'files'>): Promise<string | undefined> {
  for (const path of [env.XDG_RUNTIME_DIR, `/run/user/${user.uid}`]) {
    if (!path || !posix.isAbsolute(path)) continue;
    const seen = await files.inspect(path);
    if (seen.kind === 'directory' && seen.stats.uid === user.uid && (seen.stats.mode & 0o077) === 0)
      return path;
  }
  return undefined;
}

/**
 * The environment that systemd tools need to find the user manager. The runtime directory is enough, even without a
 * session bus.
 */
export async function managerEnvironment(system: System): Promise<Record<string, string | undefined>> {
  const runtime = await runtimeDirectory(system);
  return runtime === undefined ? {} : { XDG_RUNTIME_DIR: runtime };
}

/** Runs a systemd tool against the user's manager. */
export async function runForManager(
  system: System,
  argv: Argv,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const env = { ...(await managerEnvironment(system)), ...options.env };
  return system.exec.run(argv, { ...options, env });
}

/** The output of a failed tool. */
export function wordsOf(result: ExecResult): string {
  switch (result.kind) {
    case 'missing':
      return `${result.command}: not found`;
    case 'blocked':
      return result.stderr;
    case 'timeout':
      return `${result.stderr}${result.stdout}no answer within ${result.afterMs / 1000} s`;
    case 'signalled':
      return `${result.stderr}${result.stdout}killed by ${result.signal}`;
    case 'exited':
      return result.stderr || result.stdout;
  }
}

export const succeeded = (result: ExecResult): boolean => result.kind === 'exited' && result.code === 0;
