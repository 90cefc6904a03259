import { userInfo } from 'node:os';
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

/** The password database is only read for what the environment lacks, and on demand: `status` does not need it. */
function thisUser(): User {
  const home = process.platform === 'win32' ? process.env.USERPROFILE : process.env.HOME;
  return {
    get name() {
      return userInfo().username;
    },
    uid: process.geteuid?.() ?? -1,
    home: home || userInfo().homedir,
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
