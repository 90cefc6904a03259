import { messageOf } from '../errors.ts';
import { backupPath } from '../layout.ts';
import type { BackupSettings } from '../service/daemon-settings.ts';
import type { Log } from '../service/log.ts';
import type { Clock } from '../system/clock.ts';
import { databasesIn, lastWritten, makePrivateDirectory, removeDatabase } from '../system/database-files.ts';
import type { RunningJob, StartJob } from './store/job/run.ts';

const hourMs = 3_600_000;
/** The daemon looks for something to back up this long after its start, and then every hour. */
const firstMs = 300_000;

export interface BackupContext {
  /** The database. */
  path: string;
  /** Where the backups are. */
  directory: string;
  settings: BackupSettings;
  startJob: StartJob;
  clock: Clock;
  log: Log;
}

/** Whether memories were written since the newest backup, and that is old enough. */
function isDue({ path, directory, settings, clock }: BackupContext): boolean {
  const written = lastWritten(path);
  if (written === undefined) return false;
  const newest = databasesIn(directory, 'memories-').at(-1)?.writtenAt;
  if (newest === undefined) return true;
  return written > newest && clock.now().getTime() - newest >= settings.everyHours * hourMs;
}

/** Removes the oldest backups. */
function prune({ directory, settings }: BackupContext): void {
  for (const { path } of databasesIn(directory, 'memories-').slice(0, -settings.keep)) removeDatabase(path);
}

/**
 * Backs up the store while the daemon runs, in a process of its own. A failure is logged and tried again after an hour.
 * The earlier backups stay then, so that a damaged store does not replace them.
 */
export function scheduleBackups(context: BackupContext): { stop(): void } {
  const { path, directory, settings, startJob, clock, log } = context;
  let waiting: { cancel(): void } | undefined;
  let running: RunningJob | undefined;

  async function backUpIfDue(): Promise<void> {
    if (!isDue(context)) return;
    makePrivateDirectory(directory);
    running = startJob('backUp', path, backupPath(directory, clock.now()));
    await running.done;
    prune(context);
  }

  function lookAfter(ms: number): void {
    waiting = clock.after(ms, () => {
      backUpIfDue()
        .catch((error: unknown) => log('store.backup-failed', { error: messageOf(error) }))
        .finally(() => {
          running = undefined;
          if (waiting !== undefined) lookAfter(hourMs);
        });
    });
  }

  if (settings.everyHours > 0 && settings.keep > 0) lookAfter(firstMs);
  return {
    stop() {
      waiting?.cancel();
      waiting = undefined;
      running?.kill();
    },
  };
}
