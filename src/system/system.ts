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
  /** From HOME, which a fresh login and the service manager set alike; from the password database without it. */
  home: string;
}

/** Every side effect there is, passed in. */
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

/** The machine and user this process runs on and as. */
export function realSystem(): System {
  const { username, uid, homedir } = userInfo();
  const home = (process.platform === 'win32' ? process.env.USERPROFILE : process.env.HOME) || homedir;
  return {
    platform: process.platform,
    env: process.env,
    user: { name: username, uid, home },
    clock: systemClock,
    exec: systemExec,
    files: systemFiles,
    network: systemNetwork,
    processes: systemProcesses,
  };
}
