import { MemorydError } from '../../errors.ts';
import { askControl } from '../../host/control-client.ts';
import { earlySettings } from '../../host/early-settings.ts';
import type { Endpoint } from '../../host/endpoint.ts';
import { lockedSupervisor } from '../../host/supervisor-file.ts';
import { waitFor } from '../../system/wait.ts';
import type { Verdict } from './codes.ts';
import { callSchtasks, queryRunState, refusal, schtasksArgv } from './schtasks.ts';
import { hostOf, type Target } from './target.ts';
import { killTree } from './tree.ts';

/** Whether Task Scheduler still has a process for it; `never` where it stands in the Startup folder and has none. */
export type Scheduled = 'ask' | 'never';

async function taskRuns({ system, task }: Target, scheduled: Scheduled): Promise<boolean> {
  if (scheduled === 'never') return false;
  const state = await queryRunState(system, task);
  if (state.kind === 'unknown') throw refusal('say whether the task runs', state.reply);
  return state.kind === 'running';
}

/** Down means all of it: nobody answers or lives as our host or its supervisor, and the task is idle (X02). */
async function isDown(target: Target, scheduled: Scheduled, withinMs: number): Promise<boolean> {
  const look = async () =>
    (await livingHost(target)) === undefined &&
    (await livingSupervisor(target)) === undefined &&
    !(await taskRuns(target, scheduled));
  return (await waitFor(look, withinMs, target.timing.pollMs)) === true;
}

async function patienceMs({ system, paths, timing }: Target): Promise<number> {
  const definition = await system.files.read(paths.definition);
  const { stopTimeoutSecs } = earlySettings(definition.kind === 'content' ? definition.text : '');
  return stopTimeoutSecs * 1000 + timing.gracefulMarginMs;
}

async function endTask({ system, task }: Target): Promise<void> {
  const reply = await callSchtasks(system, schtasksArgv.end(task));
  const over: readonly Verdict[] = ['ok', 'absent', 'not-running'];
  if (!over.includes(reply.verdict)) throw refusal('end the task', reply);
}

/** The host that published itself, if it lives. */
async function livingHost(target: Target): Promise<Endpoint | undefined> {
  const host = await hostOf(target);
  return host.kind === 'live' || host.kind === 'silent' ? host.endpoint : undefined;
}

const livingSupervisor = ({ system, paths }: Target) => lockedSupervisor(system.files, paths);

/**
 * Kills what /end left behind (W11): the supervisor first, or it would start another host, and with it a host that
 * never came to publish itself. Each is looked for at the last moment: by the lock it holds, or the nonce it answers
 * or listens under, so the pid is its own and not a later owner's (X03).
 */
async function killLeft(target: Target): Promise<void> {
  for (const look of [livingSupervisor, livingHost]) {
    const left = await look(target);
    if (left !== undefined) await killTree(target.system, left);
  }
}

/**
 * Stops the service and keeps it stopped: the intent comes first, or the watchdog trigger and the supervisor would
 * undo it (W14). Asks over the control channel, then ends the task, then kills the verified tree (W11).
 * Throws `failed` when something of it still lives.
 */
export async function stopTask(target: Target, scheduled: Scheduled): Promise<void> {
  const { system, roots, service, paths, timing } = target;
  await system.files.write(paths.stopIntent, `${system.clock.now().toISOString()}\n`, 0o600);
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

/** The user wants it up: whatever would revive it may. */
export async function clearIntent({ system, paths }: Pick<Target, 'system' | 'paths'>): Promise<void> {
  await system.files.remove(paths.stopIntent);
}
