import { MemorydError } from '../../errors.ts';
import { askControl } from '../../host/control-client.ts';
import { earlySettings } from '../../host/early-settings.ts';
import type { Endpoint } from '../../host/endpoint.ts';
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

/** Down means both: nobody answers or lives as our host, and the task is idle (X02). */
async function isDown(target: Target, scheduled: Scheduled, withinMs: number): Promise<boolean> {
  const look = async () => {
    const host = await hostOf(target);
    if (host.kind === 'live' || host.kind === 'silent') return false;
    return !(await taskRuns(target, scheduled));
  };
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

/**
 * Stops the service and keeps it stopped: the intent comes first, or the watchdog trigger and the supervisor would
 * undo it (W14). Asks over the control channel, then ends the task, then kills the verified tree (W11).
 * Throws `failed` when something of it still lives.
 */
export async function stopTask(target: Target, scheduled: Scheduled): Promise<void> {
  const { system, roots, service, paths, timing } = target;
  await system.files.write(paths.stopIntent, `${system.clock.now().toISOString()}\n`, 0o600);
  const asked = await livingHost(target);
  if (asked === undefined && !(await taskRuns(target, scheduled))) return;
  if (asked !== undefined) await askControl(system, roots, asked, 'stop');
  if (await isDown(target, scheduled, await patienceMs(target))) return;
  if (scheduled === 'ask') await endTask(target);
  // Found by the nonce it answers or listens under, so this pid is it and not a later owner of the number (X03).
  const left = await livingHost(target);
  if (left !== undefined) await killTree(system, left);
  if (await isDown(target, scheduled, timing.endMs)) return;
  throw new MemorydError('failed', `"${service}" still runs after it was told to end`, {
    hint: `memoryd status ${service}`,
  });
}

/** The user wants it up: whatever would revive it may. */
export async function clearIntent({ system, paths }: Pick<Target, 'system' | 'paths'>): Promise<void> {
  await system.files.remove(paths.stopIntent);
}
