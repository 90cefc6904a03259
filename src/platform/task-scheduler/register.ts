import { startsAtLogin } from './compare.ts';
import { findLink } from './link-path.ts';
import { taskFile } from './names.ts';
import { callSchtasks, closedToUs, deletion, refusal, schtasksArgv } from './schtasks.ts';
import { removeLink, writeLink } from './startup.ts';
import type { TaskContext } from './target.ts';
import { requireUnitFile } from './unit-file.ts';

/** Whether a task with our name exists. `denied` means that it exists and was made by another user. */
async function taskExists({ system, task }: TaskContext): Promise<boolean> {
  const { verdict } = await callSchtasks(system, schtasksArgv.queryXml(task));
  return verdict === 'ok' || verdict === 'denied';
}

/**
 * Registers the task from its file, and replaces an earlier one. If Task Scheduler refuses, by its exit code alone,
 * puts a shortcut into the Startup folder instead. Throws with the output of Task Scheduler if it rejects the task
 * (X08).
 */
export async function registerTask(target: TaskContext): Promise<void> {
  const { system, paths, service, task } = target;
  const reply = await callSchtasks(system, schtasksArgv.create(task, taskFile(paths.state)));
  if (reply.verdict === 'ok') return removeLink(system, service);
  if (reply.verdict !== 'denied' && reply.verdict !== 'unavailable')
    throw refusal('register the task', reply);
  // A shortcut beside the task would start a second supervisor at every login.
  if (reply.verdict === 'denied' && (await taskExists(target)))
    throw closedToUs('register the task', task, reply);
  const unit = await requireUnitFile(system.files, paths, service);
  // A shortcut always starts at login.
  if (!startsAtLogin(unit.task)) throw refusal('register the task', reply);
  await writeLink(system, service, unit.task);
}

/** Whether there can be a task: the service was installed, and not by the shortcut. */
async function mayHaveTask({ system, service, paths }: TaskContext): Promise<boolean> {
  if ((await findLink(system, service)) !== undefined) return false;
  return (await system.files.inspect(paths.receipt)).kind !== 'absent';
}

/**
 * Undoes both kinds of registration. It is no error if there is none. A task that cannot be deleted is: it would start
 * a program that is gone, at every login (N04).
 */
export async function unregisterTask(target: TaskContext): Promise<void> {
  const { system, task, service } = target;
  const reply = await callSchtasks(system, schtasksArgv.delete(task));
  const gone = reply.verdict === 'ok' || reply.verdict === 'absent';
  if (gone || (reply.verdict === 'unavailable' && !(await mayHaveTask(target))))
    return removeLink(system, service);
  if (reply.verdict === 'denied') throw closedToUs('delete the task', task, reply);
  throw refusal('delete the task', reply, deletion(task));
}
