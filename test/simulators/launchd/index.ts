import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { Call, Control } from './launchd.ts';
import {
  type Faults,
  type Session,
  type SimulatedTiming,
  type SimulatorOptions,
  usualOptions,
} from './options.ts';

export type { Call } from './launchd.ts';
export type { Session } from './options.ts';
export { canLimitOpenFiles } from './spawn.ts';

export type StartOptions = Pick<SimulatorOptions, 'dir' | 'home'> &
  Partial<Omit<SimulatorOptions, 'timing'>> & { timing?: Partial<SimulatedTiming> };

/** A running launchd of its own, to be found through PATH. */
export interface Launchd {
  /** For whoever is to use it: PATH, with its launchctl first. */
  env: { PATH: string };
  uid: number;
  /** Every call of launchctl so far, oldest first. */
  calls(): Promise<Call[]>;
  forgetCalls(): Promise<void>;
  fault(faults: Partial<Faults>): Promise<void>;
  /** Somebody logs in at the screen, or as `session` says; loads what is in LaunchAgents. */
  login(session?: Session): Promise<void>;
  /** Ends the on-demand-only time of an early login. */
  settle(): Promise<void>;
  /** Ends the screen session and resolves when its jobs are gone. */
  logout(): Promise<void>;
  /** Kills everything; nobody is logged in afterwards. */
  reboot(): Promise<void>;
  /** The whole Mac has a job of this label. */
  addSystemJob(label: string): Promise<void>;
  /** Ends it, and every process it started. */
  stop(): Promise<void>;
}

async function ask(socketPath: string, request: Control): Promise<unknown> {
  const socket = connect(socketPath);
  socket.write(`${JSON.stringify(request)}\n`);
  return JSON.parse(await text(socket));
}

/** A file called launchctl: PATH is all that its callers need. */
function writeLaunchctl(bin: string, socketPath: string): void {
  const client = pathToFileURL(join(import.meta.dirname, 'client.mjs')).href;
  mkdirSync(bin, { recursive: true });
  const body = `import(${JSON.stringify(client)}).then(({ main }) => main(${JSON.stringify(socketPath)}));\n`;
  writeFileSync(join(bin, 'launchctl'), `#!${process.execPath}\n${body}`, { mode: 0o755 });
}

async function ready(child: ChildProcess): Promise<void> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the launchd simulator ended with ${code}`);
  });
  if (child.stdout === null) throw new Error('the launchd simulator has no output');
  await Promise.race([once(child.stdout, 'data'), failed]);
}

/** Starts a launchd whose only user is the one running the tests. It ends with `stop`, or with this process. */
export async function startLaunchd(options: StartOptions): Promise<Launchd> {
  const { uid, username } = userInfo();
  const timing = { ...usualOptions.timing, ...options.timing };
  const all: SimulatorOptions = { uid, user: username, ...usualOptions, ...options, timing };
  const bin = join(all.dir, 'bin');
  const socketPath = join(all.dir, 'launchd.sock');
  writeLaunchctl(bin, socketPath);
  const script = join(import.meta.dirname, 'launchd.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, JSON.stringify(all), socketPath],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await ready(child);
  const send = async (request: Control): Promise<void> => void (await ask(socketPath, request));
  return {
    env: { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    uid: all.uid,
    calls: async () => (await ask(socketPath, { control: 'calls' })) as Call[],
    forgetCalls: () => send({ control: 'forget-calls' }),
    fault: (faults) => send({ control: 'faults', faults }),
    login: (session = 'gui') => send({ control: 'login', session }),
    settle: () => send({ control: 'settle' }),
    logout: () => send({ control: 'logout' }),
    reboot: () => send({ control: 'reboot' }),
    addSystemJob: (label) => send({ control: 'system-job', label }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      await send({ control: 'stop' });
      await exited;
    },
  };
}
