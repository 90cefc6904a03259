import type { System } from '../system/system.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Who the daemon runs as, as `/health` and the endpoint file say it: the numeric user id.
 * On Windows `domain\name` in lower case, because a SID costs a spawn that `status` cannot afford.
 */
export function userId({ platform, env, user }: Pick<System, 'platform' | 'env' | 'user'>): string {
  if (platform !== 'win32') return String(user.uid);
  return `${env.USERDOMAIN ?? '.'}\\${user.name}`.toLowerCase();
}

/** Whether the process that was recorded with its start identity still is that process (X03). */
export function isSameProcess(
  { processes }: Pick<System, 'processes'>,
  { pid, start }: Pick<Endpoint, 'pid' | 'start'>,
): boolean {
  return start === null ? processes.alive(pid) : processes.startIdentity(pid) === start;
}
