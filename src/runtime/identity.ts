import type { System } from '../system/system.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * The user that the daemon runs as, in the form of `/health` and the endpoint file: the numeric user id. On Windows it
 * is `domain\name` in lower case: a SID would need another process, which is too slow for `status`.
 */
export function userId({ platform, env, user }: Pick<System, 'platform' | 'env' | 'user'>): string {
  if (platform !== 'win32') return String(user.uid);
  return `${env.USERDOMAIN ?? '.'}\\${user.name}`.toLowerCase();
}

/** Whether the recorded process is still running, compared by its start identity (X03). */
export function isSameProcess(
  { processes }: Pick<System, 'processes'>,
  { pid, start }: Pick<Endpoint, 'pid' | 'start'>,
): boolean {
  return start === null ? processes.alive(pid) : processes.startIdentity(pid) === start;
}
