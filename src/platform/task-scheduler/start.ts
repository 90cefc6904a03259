import { MemorydError } from '../../errors.ts';
import { waitFor } from '../../system/wait.ts';
import { describeResult, taskDisabled } from './codes.ts';
import { findLink } from './link-path.ts';
import { callSchtasks, closedToUs, enabling, queryRunState, refusal, schtasksArgv } from './schtasks.ts';
import { clearIntent } from './stop.ts';
import { hostOf, type TaskContext } from './target.ts';

function notInstalled(service: string): MemorydError {
  return new MemorydError('not-installed', `task scheduler has no task for "${service}"`, {
    hint: `memoryd install ${service}`,
  });
}

/** Whether it already runs: the host answers, or its task runs and has had time to end if it was ending. */
async function isUp(target: TaskContext): Promise<boolean> {
  let running = false;
  const settled = await waitFor(
    async () => {
      if ((await hostOf(target)).kind === 'live') return 'up';
      const state = await queryRunState(target.system, target.task);
      if (state.kind === 'absent') throw notInstalled(target.service);
      if (state.kind === 'unknown') throw refusal('say whether the task runs', state.reply);
      running = state.kind === 'running';
      return running ? undefined : 'idle';
    },
    target.timing.settleMs,
    target.timing.pollMs,
  );
  return settled === 'up' || (settled === undefined && running);
}

/**
 * Throws if Task Scheduler would not start the task: it is closed to this user, or disabled. Asked before a stop, which
 * would otherwise take down a service that cannot come back (N22, N23).
 */
export async function refuseUnstartable({ system, task, service }: TaskContext): Promise<void> {
  if ((await findLink(system, service)) !== undefined) return;
  const reply = await callSchtasks(system, schtasksArgv.queryXml(task));
  if (reply.verdict === 'absent') throw notInstalled(service);
  if (reply.verdict === 'denied') throw closedToUs('start the task', task, reply);
  if (reply.verdict !== 'ok') throw refusal('start the task', reply);
  const { parseTask } = await import('./parse.ts');
  const parsed = parseTask(reply.output);
  if (parsed.kind === 'task' && !parsed.task.enabled)
    throw refusal('start the task', { ...reply, verdict: 'disabled', code: taskDisabled }, enabling(task));
}

async function run({ system, task, service }: TaskContext): Promise<void> {
  const reply = await callSchtasks(system, schtasksArgv.run(task));
  if (reply.verdict === 'ok') return;
  if (reply.verdict === 'absent') throw notInstalled(service);
  if (reply.verdict === 'denied') throw closedToUs('start the task', task, reply);
  const hint = reply.verdict === 'disabled' ? enabling(task) : undefined;
  throw refusal('run the task', reply, hint);
}

/**
 * Starts the task, and resolves when it runs. /run on a running task, and sometimes right after /end, exits with 0 and
 * starts nothing. So the task must be idle first, and only the observation afterwards counts. Throws `failed` if
 * nothing runs.
 */
export async function startTask(target: TaskContext): Promise<void> {
  await clearIntent(target);
  if (await isUp(target)) return;
  let seen = 'nothing';
  const runs = async () => {
    if ((await hostOf(target)).kind === 'live') return true;
    const state = await queryRunState(target.system, target.task);
    if (state.kind === 'idle') seen = describeResult(state.lastResult);
    return state.kind === 'running';
  };
  const { startMs, pollMs } = target.timing;
  for (const _ of ['once', 'and once more']) {
    await run(target);
    if (await waitFor(runs, startMs / 2, pollMs)) return;
  }
  throw new MemorydError(
    'failed',
    `task scheduler accepted the start, but nothing runs; last result: ${seen}`,
    {
      hint: `memoryd logs ${target.service}`,
    },
  );
}
