import { lastExitOf } from '../../runtime/last-exit.ts';
import { readRuns } from '../../runtime/run-history-file.ts';
import { observeSupervisor } from '../../runtime/supervisor-file.ts';
import type { Enablement, ProcessState, RegisteredUnit, UnitObservation } from '../../service/unit.ts';
import { hex } from './codes.ts';
import { isSameTask, type Self, startsAtLogin, strangeness } from './compare.ts';
import { findLink, linkReason } from './link-path.ts';
import type { Task } from './parse.ts';
import { callSchtasks, deletion, meaningOf, type SchtasksReply, schtasksArgv } from './schtasks.ts';
import { isLinkCurrent } from './startup.ts';
import { hostOf, type TaskContext } from './target.ts';
import { readUnitFile, type UnitFileState } from './unit-file.ts';

/** Whether the watchdog trigger will start it again after it has ended. The stop intent prevents that. */
async function processState(target: TaskContext, revived: boolean): Promise<ProcessState> {
  const host = await hostOf(target);
  if (host.kind === 'live') return { kind: 'running', pid: host.report.pid };
  const { files } = target.system;
  const parked = (await readRuns(target.system, target.paths))?.parked;
  if (parked) return { kind: 'failed', reason: parked.reason };
  if (host.kind === 'silent') return { kind: 'unknown', reason: host.why };
  const intent = await files.inspect(target.paths.stopIntent);
  if (intent.kind !== 'absent' || !revived) return { kind: 'stopped' };
  return { kind: 'waiting', reason: 'task scheduler checks it every five minutes' };
}

/** How the last host ended, which Task Scheduler does not know: it sees conhost only (N25). */
async function endingOf({ system, paths }: TaskContext): Promise<Pick<RegisteredUnit, 'lastExit'>> {
  const [supervisor, runs] = await Promise.all([
    observeSupervisor(system.files, paths),
    readRuns(system, paths),
  ]);
  const lastExit = lastExitOf(supervisor.kind === 'valid' ? supervisor.value : undefined, runs);
  return lastExit === undefined ? {} : { lastExit };
}

const enablement = (task: Task): Enablement => (startsAtLogin(task) ? 'enabled' : 'disabled');

/** Registered through the Startup folder. Task Scheduler has no task then. */
async function linked(target: TaskContext, path: string, unit: UnitFileState): Promise<UnitObservation> {
  const current = unit.kind === 'task' && (await isLinkCurrent(target.system, path, unit.task));
  return {
    kind: 'registered',
    path,
    enabled: 'enabled',
    process: await processState(target, false),
    dropIns: [],
    ...(await endingOf(target)),
    needsReload: !current,
    provisional: linkReason,
  };
}

/** Task Scheduler is off or blocked. There may be a task, which starts nothing as long as that lasts (N19). */
async function unavailable(
  target: TaskContext,
  reply: SchtasksReply,
  unit: UnitFileState,
): Promise<UnitObservation> {
  if (unit.kind === 'absent') return unit;
  return {
    kind: 'registered',
    path: unit.path,
    enabled: 'unknown',
    process: await processState(target, false),
    dropIns: [],
    needsReload: false,
    provisional: `task scheduler cannot be used: ${meaningOf(reply)}`,
  };
}

/**
 * The task with exactly our name, with one command; no command if the Startup folder is used. Whether the task runs is
 * not asked: that needs a second command, and does not tell whether the daemon serves (W13).
 */
export async function observeTask(target: TaskContext, self: Self): Promise<UnitObservation> {
  const { system, service, task: path } = target;
  const unit = await readUnitFile(system.files, target.paths);
  const link = await findLink(system, service);
  if (link !== undefined) return linked(target, link, unit);
  const reply = await callSchtasks(system, schtasksArgv.queryXml(path));
  if (reply.verdict === 'absent') return { kind: 'absent' };
  if (reply.verdict === 'denied') {
    const reason = `${path} is closed to you: an elevated prompt or another user made it`;
    return { kind: 'unknown', reason, denied: deletion(path) };
  }
  if (reply.verdict === 'unavailable') return unavailable(target, reply, unit);
  if (reply.verdict !== 'ok') {
    return { kind: 'unknown', reason: `task scheduler says ${hex(reply.code)}`, words: reply.words };
  }
  const { parseTask } = await import('./parse.ts');
  const registered = parseTask(reply.output);
  if (registered.kind === 'invalid') {
    return {
      kind: 'unknown',
      reason: `task scheduler printed no task: ${registered.why}`,
      words: reply.output,
    };
  }
  const { task } = registered;
  const reason = strangeness(task, service, self);
  if (reason !== undefined) return { kind: 'foreign', path, reason };
  const revived = task.enabled && task.timeTriggers.some(({ enabled }) => enabled);
  return {
    kind: 'registered',
    path: unit.kind === 'absent' ? path : unit.path,
    enabled: enablement(task),
    process: await processState(target, revived),
    dropIns: [],
    needsReload: unit.kind !== 'task' || !isSameTask(task, unit.task, self),
    ...(await endingOf(target)),
    // The user's choice and no drift (N22).
    ...(task.enabled ? {} : { provisional: 'the task is disabled in task scheduler' }),
  };
}
