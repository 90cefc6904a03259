import { listenVariable, takeVariable } from '../runtime/socket-activation.ts';
import { injectedVariables } from '../service/injection.ts';

/** Tells a process that was replaced by itself what its environment was freed of. */
const removedVariable = 'MEMORYD_REMOVED_VARIABLES';

/** Node closes what it inherited when it is replaced, a listening socket too. */
function holdsDescriptors(env: NodeJS.ProcessEnv): boolean {
  return env.LISTEN_FDS !== undefined || env[listenVariable] !== undefined;
}

/** What `--inspect` opened. The module is only loaded where it may have. */
function closeInspector(): void {
  const inspector = process.getBuiltinModule('node:inspector');
  if (inspector.url() !== undefined) inspector.close();
}

/**
 * Frees this process, and all it will start, of variables that inject code; gives the names of those that had a value.
 * A unit already takes them away where its manager can (systemd), or empties them (launchd). What still got in has taken
 * effect before any code of ours: the process is replaced by itself without them, under the same pid. Where that cannot
 * be done (Windows has no exec; a socket would be lost) a debugger that was opened is closed, and children start clean.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  const before = takeVariable(env, removedVariable);
  const { all, effective } = injectedVariables(env);
  for (const name of all) delete env[name];
  if (effective.length === 0) return before?.split(',') ?? [];
  if (platform !== 'win32' && !holdsDescriptors(env) && process.execve !== undefined) {
    const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    process.execve(process.execPath, argv, { ...env, [removedVariable]: effective.join(',') });
  }
  closeInspector();
  return effective;
}

/** Node opens a debugger on SIGUSR1, on a loopback port that every user of the machine can reach; a handler takes its place. */
export function keepInspectorClosed(platform: NodeJS.Platform): void {
  if (platform !== 'win32') process.on('SIGUSR1', () => undefined);
}
