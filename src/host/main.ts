import { exitCodes, messageOf } from '../errors.ts';
import { type Roots, servicePaths } from '../layout.ts';
import { isSameProcess } from '../runtime/identity.ts';
import { handOver, launchSupervisor } from '../runtime/launch.ts';
import {
  keptAliveVariable,
  supervisedVariable,
  takeSocket,
  takeVariable,
} from '../runtime/socket-activation.ts';
import { readSupervisor } from '../runtime/supervisor-file.ts';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import { checkName } from '../service/name.ts';
import { closeDescriptor, writeDescriptor } from '../system/descriptors.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import { waitFor } from '../system/wait.ts';
import { cleanEnvironment, keepInspectorClosed } from './clean-environment.ts';
import { bundled, type HostDependencies } from './dependencies.ts';
import { beatEvery, beatMs } from './heartbeat.ts';
import { runHost } from './run.ts';
import { ShutdownSignal } from './shutdown-signal.ts';
import { supervise } from './supervise.ts';
import type { Supervisor } from './supervisor.ts';

/** What a process started by a unit works with. */
export interface HostMachine {
  system: System;
  roots: Roots;
}

/** The options of `memoryd host`. */
export interface HostCall {
  supervise?: boolean;
  revived?: boolean;
  overrides?: DaemonOverrides;
}

const supervisorFlags = ['--supervise', '--revived'];
/** After an uncaught error the process cannot be trusted any longer than this. */
const logGraceMs = 2000;

/**
 * Runs `memoryd host <name>`: the service in this process, or with `supervise` in a supervised child. With `revived`
 * the supervisor stays in the foreground, because another manager restarts it, and does nothing while the user wants
 * the service stopped (W14). `overrides` apply to this run only. Never returns: the process exits with 0, 1 or 78.
 */
export async function hostMain(
  machine: HostMachine,
  name: string,
  { supervise = false, revived = false, overrides = {} }: HostCall = {},
  dependencies: HostDependencies = bundled,
): Promise<never> {
  const removed = cleanEnvironment(process.env, machine.system.platform);
  keepInspectorClosed(machine.system.platform);
  const service = checkName(name);
  // All files of this process, including its socket, are only for this user.
  process.umask(0o077);
  const code = await (supervise
    ? superviseMain(machine, service, revived || machine.system.platform === 'win32', { overrides, removed })
    : serveMain(machine, service, { overrides, removed }, dependencies));
  process.exit(code);
}

/** The overrides of this call, and the variables that were removed from its environment. */
interface MainCall {
  overrides: DaemonOverrides;
  removed: readonly string[];
}

async function serveMain(
  { system, roots }: HostMachine,
  service: string,
  { overrides, removed }: MainCall,
  dependencies: HostDependencies,
) {
  const shutdown = new ShutdownSignal();
  const stop = (signal: string) => shutdown.stop(signal);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const) {
    if (signal !== 'SIGBREAK' || system.platform === 'win32') process.on(signal, stop);
  }
  process.on('uncaughtException', (error) => {
    shutdown.fail(error);
    setTimeout(() => process.exit(exitCodes.failed), logGraceMs).unref();
  });
  const wanted = takeVariable(process.env, supervisedVariable);
  const supervised = wanted !== undefined;
  if (supervised) stopWithSupervisor(shutdown);
  const keptAlive = takeVariable(process.env, keptAliveVariable) === service;
  const onRefusal = keptAlive ? 'stay' : 'exit';
  const ready = () => {
    say('ready');
    if (Number(wanted) > 0) beatEvery(system.clock, Number(wanted), () => say('alive'));
  };
  const onReady = supervised ? { onReady: ready } : {};
  const options = { shutdown, env: process.env, onRefusal, overrides, removed, ...onReady } as const;
  return runHost(system, roots, service, options, dependencies);
}

/** Standard input is a pipe from the supervisor. It ends when the supervisor closes it or dies. */
function stopWithSupervisor(shutdown: ShutdownSignal): void {
  process.stdin.on('end', () => shutdown.stop('the supervisor asked for it, or is gone'));
  process.stdin.on('error', (error) => shutdown.stop(`the line to the supervisor broke: ${error.message}`));
  process.stderr.on('error', (error) => shutdown.stop(`the line to the supervisor broke: ${error.message}`));
  process.stdin.resume();
  process.stdin.unref();
}

/** Writes a message to the supervisor. If the supervisor has died, this process is about to end too. */
function say(word: string): void {
  try {
    writeDescriptor(1, `${word}\n`);
  } catch (error) {
    process.stderr.write(`memoryd: ${messageOf(error)}\n`);
  }
}

async function superviseMain(
  machine: HostMachine,
  service: string,
  revived: boolean,
  { overrides, removed }: MainCall,
): Promise<number> {
  const { system, roots } = machine;
  const ownArgv: [string, ...string[]] = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const socket = takeSocket(process.env, process.pid);
  // Windows cannot pass on a listening socket, and an inherited one outlives its owner there (W16).
  if (socket === undefined && !revived) {
    const launching = () => launchSupervisor(system, roots, service, ownArgv, process.cwd(), overrides);
    if (!(await isSupervised(machine, service))) await unlessSupervised(machine, service, launching);
    return exitCodes.ok;
  }
  let handover = false;
  const code = await supervise(system, roots, service, {
    argv: ownArgv.filter((argument) => !supervisorFlags.includes(argument)) as unknown as Argv,
    ownArgv,
    removed,
    socket: socket?.fd,
    revived,
    beatMs: beatMs(system.env),
    release: () => {
      if (socket !== undefined && !handover) closeDescriptor(socket.fd);
    },
    onSupervisor(supervisor: Supervisor) {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => supervisor.stop());
      process.on('SIGHUP', () => {
        // If another manager revives this supervisor, that manager restarts it.
        handover = !revived;
        supervisor.stop();
      });
    },
  });
  if (handover) await handOver(system, roots, service, ownArgv, socket);
  return code;
}

/** A concurrent launch holds the port before its supervisor has written its record. */
const otherLaunchMs = 5000;

/** A launch that loses the race for the port ends without an error once the winner's supervisor is running. */
async function unlessSupervised(
  machine: HostMachine,
  service: string,
  launching: () => Promise<unknown>,
): Promise<void> {
  try {
    await launching();
  } catch (error) {
    if (!(await waitFor(() => isSupervised(machine, service), otherLaunchMs))) throw error;
  }
}

async function isSupervised({ system, roots }: HostMachine, service: string): Promise<boolean> {
  const word = await readSupervisor(system.files, servicePaths(roots, service));
  return word !== undefined && !word.ended && isSameProcess(system, word);
}
