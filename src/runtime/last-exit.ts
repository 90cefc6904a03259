import type { LastExit } from '../service/unit.ts';
import type { Runs } from './run-history.ts';
import type { SupervisorRecord } from './supervisor-file.ts';

/** How the last host of a supervisor ended, for backends whose manager does not know. */
export function lastExitOf(
  supervisor: Pick<SupervisorRecord, 'lastExit'> | undefined,
  runs: Pick<Runs, 'lastExit'> | undefined,
): LastExit | undefined {
  const exit = supervisor?.lastExit;
  if (exit?.signal) return { kind: 'signal', signal: exit.signal };
  if (typeof exit?.code !== 'number') return undefined;
  const meaning = exit.code === 0 ? undefined : runs?.lastExit?.reason;
  return { kind: 'code', code: exit.code, ...(meaning === undefined ? {} : { meaning }) };
}
