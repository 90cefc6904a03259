import { listenVariable, takeVariable } from '../runtime/socket-activation.ts';
import { injectedVariables } from '../service/injection.ts';

/** Passes the names of the removed variables to the process after it has replaced itself. */
const removedVariable = 'MEMORYD_REMOVED_VARIABLES';

/** A process that replaces itself loses inherited descriptors, because Node closes them; a listening socket too. */
function holdsDescriptors(env: NodeJS.ProcessEnv): boolean {
  return env.LISTEN_FDS !== undefined || env[listenVariable] !== undefined;
}

/** Closes what `--inspect` opened. The module is loaded only if such a variable was set. */
function closeInspector(): void {
  const inspector = process.getBuiltinModule('node:inspector');
  if (inspector.url() !== undefined) inspector.close();
}

/**
 * Removes variables that inject code from the environment of this process and its children. Returns the names of those
 * that had a value. A unit already unsets them (systemd) or empties them (launchd). A remaining one took effect before
 * our code ran, so the process replaces itself without them, under the same pid. Where that is not possible (Windows
 * has no exec; a socket would be lost), an open debugger is closed, and children start without the variables.
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

/**
 * Prevents Node from opening a debugger on SIGUSR1: its loopback port can be reached by every user of the machine. A
 * handler replaces the default.
 */
export function keepInspectorClosed(platform: NodeJS.Platform): void {
  if (platform !== 'win32') process.on('SIGUSR1', () => undefined);
}
