import { MemorydError } from '../../errors.ts';
import { askControl } from '../../runtime/control-client.ts';
import { earlySettings } from '../../runtime/early-settings.ts';
import type { Endpoint } from '../../runtime/endpoint.ts';
import { writeStopIntent } from '../../runtime/stop-intent.ts';
import { lockedSupervisor } from '../../runtime/supervisor-file.ts';
import { waitFor } from '../../system/wait.ts';
import type { SchtasksVerdict } from './codes.ts';
import { callSchtasks, queryRunState, refusal, schtasksArgv } from './schtasks.ts';
import { hostOf, type TaskContext } from './target.ts';
import { killTree } from './tree.ts';

/** Whether to ask Task Scheduler about a process; `never` if the Startup folder is used. */
export type Scheduled = 'ask' | 'never';

const cannotTell: readonly SchtasksVerdict[] = ['denied', 'unavailable'];

async function taskRuns({ system, task }: TaskContext, scheduled: Scheduled): Promise<boolean> {
  if (scheduled === 'never') return false;
  const state = await queryRunState(system, task);
  // A closed or unusable task must not prevent a stop: the locks of supervisor and host tell enough.
  if (state.kind === 'unknown' && cannotTell.includes(state.reply.verdict)) return false;
  if (state.kind === 'unknown') throw refusal('say whether the task runs', state.reply);
  return state.kind === 'running';
}

/** Whether everything is stopped: nothing answers, host and supervisor have ended, and the task is idle (X02). */
async function isDown(target: TaskContext, scheduled: Scheduled, withinMs: number): Promise<boolean> {
  const look = async () =>
    (await livingHost(target)) === undefined &&
    (await livingSupervisor(target)) === undefined &&
    !(await taskRuns(target, scheduled));
  return (await waitFor(look, withinMs, target.timing.pollMs)) === true;
}

async function patienceMs({ system, paths, timing }: TaskContext): Promise<number> {
  const definition = await system.files.read(paths.definition);
  const { stopTimeoutSecs } = earlySettings(definition.kind === 'content' ? definition.text : '');
  return stopTimeoutSecs * 1000 + timing.gracefulMarginMs;
}

async function endTask({ system, task }: TaskContext): Promise<void> {
  const reply = await callSchtasks(system, schtasksArgv.end(task));
  const over: readonly SchtasksVerdict[] = ['ok', 'absent', 'not-running', ...cannotTell];
  if (!over.includes(reply.verdict)) throw refusal('end the task', reply);
}

/** The published host, if it is alive. */
async function livingHost(target: TaskContext): Promise<Endpoint | undefined> {
  const host = await hostOf(target);
  return host.kind === 'live' || host.kind === 'silent' ? host.endpoint : undefined;
}

const livingSupervisor = ({ system, paths }: TaskContext) => lockedSupervisor(system.files, paths);

/**
 * Kills what is left after /end (W11): the supervisor first, or it would start another host, then a host that was
 * never published. Each is looked up directly before, by the lock it holds or by its nonce, so a reused pid is never
 * killed (X03).
 */
async function killLeft(target: TaskContext): Promise<void> {
  for (const look of [livingSupervisor, livingHost]) {
    const left = await look(target);
    if (left !== undefined) await killTree(target.system, left);
  }
}

/**
 * Stops the service and keeps it stopped. The stop intent is written first, or the watchdog trigger and the supervisor
 * would start it again (W14). Then the control channel is asked, the task is ended, and the verified process tree is
 * killed (W11). Throws `failed` if something is still alive.
 */
export async function stopTask(target: TaskContext, scheduled: Scheduled): Promise<void> {
  const { system, roots, service, paths, timing } = target;
  await writeStopIntent(system, paths);
  const asked = await livingHost(target);
  if (asked === undefined && (await isDown(target, scheduled, 0))) return;
  if (asked !== undefined) await askControl(system, roots, asked, 'stop');
  if (await isDown(target, scheduled, await patienceMs(target))) return;
  if (scheduled === 'ask') await endTask(target);
  await killLeft(target);
  if (await isDown(target, scheduled, timing.endMs)) return;
  throw new MemorydError('failed', `"${service}" still runs after it was told to end`, {
    hint: `memoryd status ${service}`,
  });
}

/** Removes the stop intent: the service may be started again. */
export async function clearIntent({ system, paths }: Pick<TaskContext, 'system' | 'paths'>): Promise<void> {
  await system.files.remove(paths.stopIntent);
}
