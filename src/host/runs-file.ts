import { uptime } from 'node:os';
import { join } from 'node:path';
import type { ServicePaths } from '../layout.ts';
import type { System } from '../system/system.ts';
import { forgiveRuns, type Moment, parseRuns, type Runs } from './runs.ts';

type Disk = Pick<System, 'files'>;

export function runsPath({ state }: Pick<ServicePaths, 'state'>): string {
  return join(state, 'runs.json');
}

/** Now, as the run record counts it. */
export function momentOf({ clock }: Pick<System, 'clock'>): Moment {
  const now = clock.now();
  const uptimeSecs = uptime();
  return { bootedAt: Math.round(now.getTime() - uptimeSecs * 1000), uptimeSecs, at: now.toISOString() };
}

/** What `status` shows of earlier runs: restarts, last exit, why it is parked. `undefined` when it never ran. */
export async function readRuns(
  { files }: Disk,
  paths: Pick<ServicePaths, 'state'>,
): Promise<Runs | undefined> {
  const read = await files.read(runsPath(paths));
  return read.kind === 'content' ? parseRuns(read.text) : undefined;
}

/** Written by the one host that holds the instance lock. */
export async function writeRuns(
  { files }: Disk,
  paths: Pick<ServicePaths, 'state'>,
  runs: Runs,
): Promise<void> {
  await files.write(runsPath(paths), `${JSON.stringify(runs)}\n`, 0o600);
}

/** Takes the crash-loop brake off. For whoever starts the service because somebody asked for it, before it starts. */
export async function allowStart(system: Disk, paths: Pick<ServicePaths, 'state'>): Promise<void> {
  const runs = await readRuns(system, paths);
  if (runs !== undefined) await writeRuns(system, paths, forgiveRuns(runs));
}
