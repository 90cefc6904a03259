import { uptime } from 'node:os';
import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';
import { completeRuns, type Moment, type Runs, resetRuns, runsShape } from './run-history.ts';
import { cannotRead, type State, stateFile } from './state-file.ts';

const runsFile = stateFile<Pick<ServicePaths, 'state'>, Pick<Runs, keyof typeof runsShape>>(
  ({ state }) => join(state, 'runs.json'),
  runsShape,
);

/** Now, as the run record counts it. */
export function momentOf({ clock }: Pick<System, 'clock'>): Moment {
  const now = clock.now();
  const uptimeSecs = uptime();
  return { bootedAt: Math.round(now.getTime() - uptimeSecs * 1000), uptimeSecs, at: now.toISOString() };
}

/** Earlier runs: restarts, last exit, why it is parked. Absent when it never ran. Never throws. */
export async function observeRuns(
  { files }: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<State<Runs>> {
  const read = await runsFile.read(files, paths);
  return read.kind === 'valid' ? { kind: 'valid', value: completeRuns(read.value) } : read;
}

/** The same where what cannot be read is as good as nothing: the last exit, for people. */
export async function readRuns(
  system: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<Runs | undefined> {
  const state = await observeRuns(system, paths);
  return state.kind === 'valid' ? state.value : undefined;
}

/** What `status` says of a record that cannot be read. */
export function noteOnRuns(state: State<Runs>): { note?: string } {
  return state.kind === 'unreadable' ? { note: cannotRead(state) } : {};
}

/** Written by the one host that holds the instance lock. */
export function writeRuns(
  { files }: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
  runs: Runs,
): Promise<void> {
  return runsFile.write(files, paths, runs);
}

/** Takes the crash-loop brake off. For whoever starts the service because somebody asked for it, before it starts. */
export async function allowStart(
  system: Pick<System, 'files'>,
  paths: Pick<ServicePaths, 'state'>,
): Promise<void> {
  const runs = await readRuns(system, paths);
  if (runs !== undefined) await writeRuns(system, paths, resetRuns(runs));
}
