import { MemorydError } from '../../errors.ts';
import { type Roots, servicePaths } from '../../layout.ts';
import type { UnitFile, UnitObservation, Verb } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import type { Availability, Backend } from '../backend.ts';
import { unanswered } from '../unanswered.ts';
import { WindowsIdentity } from './identity.ts';
import { findLink } from './link-path.ts';
import { taskFile, taskName } from './names.ts';
import { observeTask } from './observe.ts';
import { observeTaskFiles } from './observe-files.ts';
import { registerTask, unregisterTask } from './register.ts';
import { finished, schtasksArgv } from './schtasks.ts';
import { refuseUnstartable, startTask } from './start.ts';
import { startLinked } from './startup.ts';
import { stopTask } from './stop.ts';
import { type TaskContext, type TaskTiming, targetOf, usualTiming } from './target.ts';
import { requireUnitFile } from './unit-file.ts';

async function start(target: TaskContext): Promise<void> {
  const { system, paths, service } = target;
  if ((await findLink(system, service)) === undefined) return startTask(target);
  return startLinked(target, (await requireUnitFile(system.files, paths, service)).task);
}

async function stop(target: TaskContext): Promise<void> {
  const link = await findLink(target.system, target.service);
  return stopTask(target, link === undefined ? 'ask' : 'never');
}

const verbs: Readonly<Record<Verb, (target: TaskContext) => Promise<void>>> = {
  register: registerTask,
  start,
  stop,
  // The action is read when the task starts, so only a new run uses the new program.
  async restart(target) {
    await refuseUnstartable(target);
    await stop(target);
    await start(target);
  },
  async unregister(target) {
    await stop(target);
    await unregisterTask(target);
  },
  settle: async () => undefined,
};

/** The Startup folder and a task that nothing triggers give less than a task (N20). */
function guaranteeOf(seen: UnitObservation): string {
  if (seen.kind === 'registered' && seen.provisional !== undefined)
    return 'starts at login from your Startup folder, because task scheduler refused; nothing restarts its supervisor if that is killed; stops at logout';
  if (seen.kind === 'registered' && seen.enabled === 'disabled')
    return 'does not start at login; nothing restarts its supervisor if that is killed; stops at logout';
  return 'starts at login; is checked every five minutes and restarted if needed; stops at logout';
}

function commands(task: string, file: string, verb: Verb): string[][] {
  const run = schtasksArgv.run(task);
  const end = schtasksArgv.end(task);
  const argvs: Readonly<Record<Verb, string[][]>> = {
    register: [schtasksArgv.create(task, file)],
    start: [run],
    stop: [end],
    restart: [end, run],
    unregister: [end, schtasksArgv.delete(task)],
    settle: [],
  };
  return argvs[verb];
}

/** Parses the rendered task again: schtasks can only check a task by registering it. */
async function check(files: readonly UnitFile[]): Promise<void> {
  const { parseTask } = await import('./parse.ts');
  for (const { content, path } of files) {
    const parsed = parseTask(content);
    if (parsed.kind === 'invalid')
      throw new MemorydError('configuration', `${path} is not a task: ${parsed.why}`);
  }
}

/** Task Scheduler through schtasks, for the user the process runs as. `timing` is for tests. */
export function createTaskSchedulerBackend(
  system: System,
  roots: Roots,
  timing: TaskTiming = usualTiming,
): Backend {
  const identity = new WindowsIdentity(system);
  const stateOf = (service: string) => servicePaths(roots, service).state;

  return {
    name: 'task-scheduler',
    guarantee: async (service) => guaranteeOf(await observeTaskFiles(system, roots, service)),
    async available(): Promise<Availability> {
      const result = await system.exec.run(schtasksArgv.queryXml(taskName('probe', 'probe')));
      try {
        // `register` evaluates the answer. Only a missing tool means that this backend is not available.
        if (result.kind !== 'blocked') finished(result, 'schtasks');
        await identity.ask();
        return { kind: 'usable' };
      } catch (error) {
        if (!(error instanceof MemorydError)) throw error;
        const kind = result.kind === 'missing' ? 'absent' : 'refused';
        return { kind, reason: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
      }
    },
    async render(spec) {
      const { renderTask } = await import('./render.ts');
      const { cmdPolicy } = await import('./cmd-policy.ts');
      // A name is good enough if whoami is not available: on another system, to show what would be written.
      const userId = spec.user.sid ?? identity.known ?? spec.user.name;
      const systemRoot = system.env.SystemRoot ?? 'C:\\Windows';
      return [renderTask(spec, userId, { systemRoot, cmd: await cmdPolicy(system.exec) })];
    },
    unitPaths: (service) => [taskFile(stateOf(service))],
    check,
    commands: (verb, service) =>
      commands(taskName(identity.known ?? '<SID>', service), taskFile(stateOf(service)), verb),
    async perform(verb, service) {
      if (verb === 'settle') return;
      await verbs[verb](targetOf(system, roots, service, await identity.ask(), timing));
    },
    async observe(service) {
      try {
        const sid = await identity.recall(servicePaths(roots, service));
        const target = targetOf(system, roots, service, sid, timing);
        return await observeTask(target, { sid, userName: system.user.name });
      } catch (error) {
        return unanswered(error);
      }
    },
    observeFiles: (service) => observeTaskFiles(system, roots, service),
  };
}
