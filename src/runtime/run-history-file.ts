import { uptime } from 'node:os';
import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import { acquireLock } from '../system/lock.ts';
import type { System } from '../system/system.ts';
import { instanceLockPath } from './instance-lock.ts';
import { completeRuns, endSession, type Moment, type Runs, resetRuns, runsShape } from './run-history.ts';
import { cannotRead, type State, stateFile } from './state-file.ts';

const runsFile = stateFile<Pick<ServicePaths, 'state'>, Pick<Runs, keyof typeof runsShape>>(
  ({ state }) => join(state, 'runs.json'),
  runsShape,
);

/** The current time in the form of the run history. */
export function momentOf({ clock }: Pick<System, 'clock'>): Moment {
  const now = clock.now();
  const uptimeSecs = uptime();
  return { bootedAt: Math.round(now.getTime() - uptimeSecs * 1000), uptimeSecs, at: now.toISOString() };
}

/** Reads the run history: restarts, last exit, and why the service gave up. Absent if it never ran. Never throws. */
export async function observeRuns(
  { files }: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<State<Runs>> {
  const read = await runsFile.read(files, paths);
  return read.kind === 'valid' ? { kind: 'valid', value: completeRuns(read.value) } : read;
}

/** Reads the run history for display. An unreadable one counts as absent. */
export async function readRuns(
  system: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<Runs | undefined> {
  const state = await observeRuns(system, paths);
  return state.kind === 'valid' ? state.value : undefined;
}

/** The note of `status` about a history that cannot be read. */
export function noteOnRuns(state: State<Runs>): { note?: string } {
  return state.kind === 'unreadable' ? { note: cannotRead(state) } : {};
}

/** Writes the run history. Only the holder of the instance lock may call it. */
export function writeRuns(
  { files }: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
  runs: Runs,
): Promise<void> {
  return runsFile.write(files, paths, runs);
}

/** Before the first host of a supervisor: if no host lives and the last one left no end, its session ended. */
export async function recordSessionEnd(
  system: Pick<System, 'files' | 'clock'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<void> {
  const lock = await acquireLock(instanceLockPath(paths));
  if (lock === undefined) return;
  try {
    const runs = await readRuns(system, paths);
    if (runs?.current) await writeRuns(system, paths, endSession(runs, momentOf(system)));
  } finally {
    lock.release();
  }
}

/** Resets the crash-loop limit, before the user's request starts the service. */
export async function allowStart(
  system: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<void> {
  const runs = await readRuns(system, paths);
  if (runs !== undefined) await writeRuns(system, paths, resetRuns(runs));
}
