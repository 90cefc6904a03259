import { type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { RunState } from '../finding.ts';
import { readTaskXml } from './parse.ts';

/** One scheduled task, by its full path. */
export interface TaskFacts {
  /** `\Graphiti\GraphitiBootstrap`. */
  name: string;
  /** The output of `schtasks /query /xml`. Undefined for another user's task, which cannot be read. */
  xml: string | undefined;
  run: RunState;
}

/** Whether a task's UserId is this user. It is a SID or `MACHINE\name`. */
function isMine(userId: string | undefined, sid: string, { user }: DetectionContext): boolean {
  if (userId === undefined) return false;
  const name = userId.slice(userId.lastIndexOf('\\') + 1).toLowerCase();
  return userId.toUpperCase() === sid.toUpperCase() || name === user.name.toLowerCase();
}

/** Finds scheduled tasks that start a memory daemon (pure). Another user's tasks are only reported (W17). */
export function detectTasks(
  tasks: readonly TaskFacts[],
  sid: string,
  context: DetectionContext,
): Candidate[] {
  return tasks.flatMap(({ name, xml, run }): Candidate[] => {
    const task = xml === undefined ? undefined : readTaskXml(xml);
    const mine = isMine(task?.userId, sid, context);
    const entry = {
      name,
      command: task?.command,
      runsAs: mine ? context.user.name : (task?.userId ?? 'another account'),
      workingDirectory: task?.workingDirectory,
    };
    const known = recogniseEntry('task', entry, context);
    if (known === undefined) return [];
    return [
      {
        kind: 'task',
        ...known,
        xml,
        run,
        starts: task === undefined ? 'unknown' : task.enabled ? 'enabled' : 'disabled',
        definedIn: [],
        notes: [],
        needsAdmin: [],
        handling: mine
          ? { kind: 'migrate' }
          : {
              kind: 'report',
              why: 'it belongs to another account, which must migrate it',
              commands: [['schtasks', '/query', '/tn', name, '/v', '/fo', 'list']],
            },
      },
    ];
  });
}
