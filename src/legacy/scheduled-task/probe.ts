import { callSchtasks, queryRunState, schtasksArgv } from '../../platform/task-scheduler/schtasks.ts';
import type { System } from '../../system/system.ts';
import type { KnownDaemon } from '../known-daemons.ts';
import type { TaskFacts } from './detect.ts';

async function factsOf(system: System, name: string): Promise<TaskFacts[]> {
  const reply = await callSchtasks(system, schtasksArgv.queryXml(name));
  if (reply.verdict === 'absent') return [];
  if (reply.verdict !== 'ok') {
    return [{ name, xml: undefined, run: { kind: 'unknown', why: 'task scheduler does not say' } }];
  }
  const state = await queryRunState(system, name);
  if (state.kind === 'running') return [{ name, xml: reply.output, run: { kind: 'running' } }];
  if (state.kind === 'unknown') {
    return [{ name, xml: reply.output, run: { kind: 'unknown', why: 'task scheduler does not say' } }];
  }
  return [{ name, xml: reply.output, run: { kind: 'stopped' } }];
}

/**
 * Reads the tasks with the names that memory daemons use. Each is queried by name, because the list of all tasks is
 * localised.
 */
export async function probeTasks(
  system: System,
  known: readonly KnownDaemon[],
  asked: readonly string[],
): Promise<TaskFacts[]> {
  const names = new Set([...known.flatMap((daemon) => daemon.names.task ?? []), ...asked]);
  const facts: TaskFacts[] = [];
  for (const name of names) facts.push(...(await factsOf(system, name)));
  return facts;
}
