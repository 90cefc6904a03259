import { readRuns } from '../../runtime/run-history-file.ts';
import type { Enablement, ProcessState, UnitObservation } from '../../service/unit.ts';
import { hex } from './codes.ts';
import { isSameTask, type Self, startsAtLogin, strangeness } from './compare.ts';
import { findLink } from './link-path.ts';
import type { Task } from './parse.ts';
import { callSchtasks, schtasksArgv } from './schtasks.ts';
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
    needsReload: !current,
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
    return { kind: 'foreign', path, reason: 'another user or an elevated prompt made it' };
  }
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
  };
}
