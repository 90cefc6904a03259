import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Definition } from './definition.ts';
import type { SimulatorOptions } from './options.ts';

/** Soft limit of open files of a job that sets none (M18). */
const usualOpenFiles = 256;

/** util-linux; without it the limit of open files stays what it is. */
const prlimit = '/usr/bin/prlimit';

export const canLimitOpenFiles = existsSync(prlimit);

/** In the simulator's own directory, so that a process of this session can be told from any other. */
export function agentSocket({ dir }: Pick<SimulatorOptions, 'dir'>): string {
  return join(dir, 'Listeners');
}

/** All a job finds in its environment: nothing of the user's shell. */
export function jobEnvironment(definition: Definition, options: SimulatorOptions): Record<string, string> {
  return {
    HOME: options.home,
    USER: options.user,
    LOGNAME: options.user,
    SHELL: '/bin/zsh',
    ...(options.tmpdir ? { TMPDIR: join(options.dir, 'tmp') } : {}),
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    SSH_AUTH_SOCK: agentSocket(options),
    ...options.variables,
    OSLogRateLimit: '64',
    XPC_FLAGS: '0x0',
    ...Object.fromEntries(definition.environment),
    XPC_SERVICE_NAME: definition.label,
  };
}

const openLog = (path: string | undefined): number => openSync(path ?? '/dev/null', 'a');

function withUmask<T>(umask: number | undefined, run: () => T): T {
  const before = process.umask(umask ?? 0o022);
  try {
    return run();
  } finally {
    process.umask(before);
  }
}

/**
 * Starts a job's program as the leader of a group of its own; `undefined` when launchd could not:
 * no program, no working directory, a log that cannot be opened.
 */
export function spawnJob(definition: Definition, options: SimulatorOptions): ChildProcess | undefined {
  const { argv, workingDirectory, openFiles, umask } = definition;
  const logs: number[] = [];
  try {
    accessSync(argv[0], constants.X_OK);
    accessSync(workingDirectory ?? '/', constants.X_OK);
    logs.push(withUmask(umask, () => openLog(definition.stdout)));
    logs.push(withUmask(umask, () => openLog(definition.stderr)));
    const limit = [prlimit, `--nofile=${openFiles ?? usualOpenFiles}:`, '--'];
    const [command = '', ...args] = canLimitOpenFiles ? [...limit, ...argv] : argv;
    return withUmask(umask, () =>
      spawn(command, args, {
        cwd: workingDirectory ?? '/',
        env: jobEnvironment(definition, options),
        stdio: ['ignore', ...logs],
        detached: true,
      }),
    );
  } catch {
    return undefined;
  } finally {
    for (const log of logs) closeSync(log);
  }
}
