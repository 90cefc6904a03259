import { userInfo } from 'node:os';
import { codeOf, MemorydError } from '../errors.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Exec, systemExec } from './exec.ts';
import { type Files, systemFiles } from './files.ts';
import { type Network, systemNetwork } from './network.ts';
import { type Processes, systemProcesses } from './processes.ts';

export interface User {
  name: string;
  /** -1 on Windows. */
  uid: number;
  /** From HOME, which a fresh login and the service manager both set; without it, from the password database. */
  home: string;
}

/** All side effects, passed in. */
export interface System {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  user: User;
  clock: Clock;
  exec: Exec;
  files: Files;
  network: Network;
  processes: Processes;
}

/** This user's entry of the password database. Containers may run as a user id that has none (N29). */
function passwordEntry(): { username: string; homedir: string } | undefined {
  try {
    return userInfo();
  } catch (error) {
    if (codeOf(error) !== 'ERR_SYSTEM_ERROR') throw error;
    return undefined;
  }
}

/** The home of this user as a fresh login would set it, else HOME. Throws `configuration` if there is neither. */
export function loginHome(): string {
  return passwordEntry()?.homedir ?? homeOf(process.env);
}

function homeOf(env: NodeJS.ProcessEnv): string {
  const home = (process.platform === 'win32' ? env.USERPROFILE : env.HOME) || passwordEntry()?.homedir;
  if (home) return home;
  const message = `user ${process.geteuid?.()} has no entry in the password database, and HOME is not set`;
  throw new MemorydError('configuration', message, { hint: 'export HOME=/path/to/a/directory' });
}

/** The password database is only read for what the environment lacks, and on demand: `status` does not need it. */
function thisUser(): User {
  const uid = process.geteuid?.() ?? -1;
  return {
    get name() {
      return passwordEntry()?.username ?? `uid-${uid}`;
    },
    uid,
    home: homeOf(process.env),
  };
}

/** The current machine and user. */
export function realSystem(): System {
  return {
    platform: process.platform,
    env: process.env,
    user: thisUser(),
    clock: systemClock,
    exec: systemExec,
    files: systemFiles,
    network: systemNetwork,
    processes: systemProcesses,
  };
}
