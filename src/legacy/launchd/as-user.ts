import type { Argv } from '../../system/exec.ts';

/** The argv that runs another one in the login session of a user, where launchd has the user's agents (pure). */
export function inUserSession(uid: number, argv: Argv): Argv {
  return ['launchctl', 'asuser', String(uid), ...argv];
}
