import { win32 } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import { linkPath } from './link-path.ts';
import type { Task } from './parse.ts';
import type { Action } from './render.ts';
import { shellLink } from './shell-link.ts';
import { clearIntent } from './stop.ts';
import { hostOf, type TaskContext } from './target.ts';

/*
 * Where policy or antivirus lets Task Scheduler refuse, a shortcut in the user's own Startup folder starts the service
 * at login instead. Nothing revives it then but its own supervisor, and nothing runs it but us.
 */

/** Whether the shortcut starts the same command as `task`. */
export async function isLinkCurrent(system: System, path: string, task: Action): Promise<boolean> {
  const read = await system.files.read(path);
  return read.kind === 'content' && read.bytes.equals(shellLink(task));
}

export async function writeLink(system: System, service: string, task: Action): Promise<void> {
  await system.files.write(linkPath(system, service), shellLink(task), 0o600);
}

export async function removeLink(system: System, service: string): Promise<void> {
  await system.files.remove(linkPath(system, service));
}

/**
 * Starts the command of the shortcut, and resolves when the host answers or after `startMs`: only the host itself can
 * tell that it runs. conhost.exe has no console of its own and outlives the current one. Throws `failed` if conhost
 * cannot be started.
 */
export async function startLinked(target: TaskContext, task: Task): Promise<void> {
  const { system, timing } = target;
  await clearIntent(target);
  if ((await hostOf(target)).kind === 'live') return;
  const child = system.exec.spawn([win32.basename(task.command), task.arguments], {
    cwd: task.workingDirectory,
    detached: true,
    stdio: 'ignore',
    windowsVerbatimArguments: true,
  });
  const failure = Promise.withResolvers<Error>();
  child.once('error', failure.resolve);
  child.unref();
  const up = waitFor(async () => (await hostOf(target)).kind === 'live', timing.startMs, timing.pollMs);
  const end = await Promise.race([up, failure.promise]);
  if (!(end instanceof Error)) return;
  throw new MemorydError('failed', `conhost.exe cannot be started: ${end.message}`, { cause: end });
}
