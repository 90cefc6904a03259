import type { Command } from 'commander';
import { daemonFlags } from '../service/daemon-flags.ts';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import { integer } from './arguments.ts';

/** The options below as commander returns them. */
export interface DaemonFlags {
  listen?: string;
  idleTimeoutSecs?: number;
  maxSessionLifetimeSecs?: number;
  maxSessions?: number;
  sessionRateLimit?: number;
  sessionRateWindowSecs?: number;
}

/** Adds the settings of the bundled daemon to a command: `install` stores them, `host` uses them for one run. */
export function addDaemonOptions(command: Command): Command {
  return command
    .option(`${daemonFlags.listen} <address>`, 'listen on this address (beyond loopback only with API keys)')
    .option(
      `${daemonFlags['sessions.idleTimeoutSecs']} <number>`,
      'close a session after this time without a request (0: never)',
      integer,
    )
    .option(
      `${daemonFlags['sessions.maxLifetimeSecs']} <number>`,
      'close a session this long after it was opened (0: never)',
      integer,
    )
    .option(
      `${daemonFlags['sessions.maxSessions']} <number>`,
      'keep at most this many sessions, and close the oldest (0: no limit)',
      integer,
    )
    .option(
      `${daemonFlags['sessions.rateLimit']} <number>`,
      'open at most this many sessions within the window (0: no limit)',
      integer,
    )
    .option(
      `${daemonFlags['sessions.rateWindowSecs']} <number>`,
      'set the window of that limit (0: no limit)',
      integer,
    );
}

/** The same settings as fields of the definition; `undefined` when no flag was given. */
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
