import type { MemorydError } from '../../errors.ts';
import { startsAtLogin } from './compare.ts';
import { taskFile } from './names.ts';
import { callSchtasks, refusal, type SchtasksReply, schtasksArgv } from './schtasks.ts';
import { removeLink, writeLink } from './startup.ts';
import type { TaskContext } from './target.ts';
import { requireUnitFile } from './unit-file.ts';

/** Whether a task with our name exists. `denied` means that it exists and was made by another user. */
async function taskExists({ system, task }: TaskContext): Promise<boolean> {
  const { verdict } = await callSchtasks(system, schtasksArgv.queryXml(task));
  return verdict === 'ok' || verdict === 'denied';
}

/**
 * A task that was created from an elevated prompt can be inaccessible to the user it runs as. A shortcut beside it
 * would start a second host at every login, so the task must be removed first.
 */
function closedToUs({ task }: TaskContext, reply: SchtasksReply): MemorydError {
  return refusal(
    `replace ${task}, which another user or an elevated prompt made`,
    reply,
    `schtasks /delete /tn "${task}" /f`,
  );
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
  if (reply.verdict === 'denied' && (await taskExists(target))) throw closedToUs(target, reply);
  const unit = await requireUnitFile(system.files, paths, service);
  // A shortcut always starts at login.
  if (!startsAtLogin(unit.task)) throw refusal('register the task', reply);
  await writeLink(system, service, unit.task);
}

/** Undoes both kinds of registration. It is no error if there is none. */
export async function unregisterTask({ system, task, service }: TaskContext): Promise<void> {
  await removeLink(system, service);
  const reply = await callSchtasks(system, schtasksArgv.delete(task));
  if (reply.verdict !== 'ok' && reply.verdict !== 'absent' && reply.verdict !== 'unavailable') {
    throw refusal('delete the task', reply, `schtasks /delete /tn "${task}" /f`);
  }
}
