import type { Command } from 'commander';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import { integer } from './arguments.ts';

/** What commander makes of the options below. */
export interface DaemonFlags {
  listen?: string;
  idleTimeoutSecs?: number;
  maxSessionLifetimeSecs?: number;
  maxSessions?: number;
  sessionRateLimit?: number;
  sessionRateWindowSecs?: number;
}

/** Adds the settings of the bundled daemon to a command: `install` keeps them, `host` uses them for one run. */
export function addDaemonOptions(command: Command): Command {
  return command
    .option('--listen <address>', 'where the daemon listens; beyond loopback only with API keys')
    .option(
      '--idle-timeout-secs <number>',
      'close a session after so long without a request; 0 never',
      integer,
    )
    .option(
      '--max-session-lifetime-secs <number>',
      'close a session so long after it began; 0 never',
      integer,
    )
    .option('--max-sessions <number>', 'most sessions at once, the oldest goes; 0 any number', integer)
    .option('--session-rate-limit <number>', 'most sessions begun within the window; 0 any number', integer)
    .option('--session-rate-window-secs <number>', 'the window; 0 any number', integer);
}

/** Those settings as the definition names them; `undefined` when none was given. */
export function daemonOverrides(flags: DaemonFlags): DaemonOverrides | undefined {
  const sessions = {
    idleTimeoutSecs: flags.idleTimeoutSecs,
    maxLifetimeSecs: flags.maxSessionLifetimeSecs,
    maxSessions: flags.maxSessions,
    rateLimit: flags.sessionRateLimit,
    rateWindowSecs: flags.sessionRateWindowSecs,
  };
  const given = Object.entries(sessions).filter(([, value]) => value !== undefined);
  if (given.length === 0 && flags.listen === undefined) return undefined;
  return {
    ...(flags.listen === undefined ? {} : { listen: flags.listen }),
    ...(given.length === 0 ? {} : { sessions: Object.fromEntries(given) }),
  };
}
