import type { Clock } from '../../system/clock.ts';
import { isBusy } from './busy.ts';
import type { Connection } from './connection.ts';
import { copyWords, releasePages } from './maintenance-steps.ts';
import type { Rewriter } from './rewrite.ts';

/** The maintenance waits until nothing was deleted for this time. */
const quietMs = 5_000;
/** When another process uses the log, truncating it is tried again after this time. */
const retryMs = 1_000;
/** After an error the work is tried again after this time. */
const failedMs = 60_000;

/** The maintenance of the file between requests. */
export interface Maintenance {
  /**
   * Must be called after a deletion. Truncates the log at once, or as soon as no other process uses it. Rewrites a
   * small file at once and a larger one later.
   */
  forgot(): void;
  /** Resolves when everything that can be done now is done. */
  settle(): Promise<void>;
  /** Ends the maintenance, after what can be finished quickly; `discard` leaves that, too. */
  stop(how?: 'discard'): void;
}

export interface MaintenanceContext {
  connection: Connection;
  rewriter: Rewriter;
  clock: Clock;
  /** Is called with each error. What failed is tried again later. */
  onError(error: unknown): void;
}

/** The log, which holds old versions of pages until it is truncated. */
function createLogKeeper({ connection, onError }: MaintenanceContext) {
  let isOld = false;
  return {
    isOld: () => isOld,
    becameOld() {
      isOld = true;
    },
    empty(): void {
      try {
        isOld = !connection.truncateLog();
      } catch (error) {
        isOld = true;
        onError(error);
      }
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does the steps, with a turn of the event loop after each. Gives false when the store was closed meanwhile. */
async function stepThrough(
  steps: Generator<void>,
  log: ReturnType<typeof createLogKeeper>,
  isStopped: () => boolean,
): Promise<boolean> {
  for (const _ of steps) {
    log.becameOld();
    await nextTurn();
    if (isStopped()) return false;
  }
  return true;
}

function attempt(work: () => void, onError: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    onError(error);
  }
}

/**
 * Removes deleted text from the file and keeps the file small. Each step is a transaction, and the unfinished tasks are
 * stored in the file, so a kill loses only the current step.
 */
export function createMaintenance(context: MaintenanceContext): Maintenance {
  const { connection, rewriter, clock, onError } = context;
  const log = createLogKeeper(context);
  let waiting: { cancel(): void } | undefined;
  let working: Promise<void> | undefined;
  let stopped = false;
  const isStopped = () => stopped;

  async function work(): Promise<void> {
    if (stopped || !(await stepThrough(copyWords(connection), log, isStopped))) return;
    if (rewriter.dueIn() === 0) {
      log.becameOld();
      await rewriter.run();
    }
    if (stopped || !(await stepThrough(releasePages(connection), log, isStopped))) return;
    if (log.isOld()) log.empty();
    workAfter(log.isOld() ? retryMs : rewriter.dueIn());
  }

  function workAfter(ms: number | undefined): void {
    waiting?.cancel();
    if (!stopped && ms !== undefined) waiting = clock.after(ms, () => void start());
  }

  function start(): Promise<void> {
    waiting?.cancel();
    working ??= work()
      .catch((error: unknown) => {
        // The database is closed under the work when the store closes.
        if (stopped) return;
        onError(error);
        workAfter(isBusy(error) ? retryMs : failedMs);
      })
      .finally(() => {
        working = undefined;
      });
    return working;
  }

  // Finish what a killed process left in the log and in the table of tasks.
  log.empty();
  workAfter(0);
  return {
    forgot() {
      attempt(rewriter.runAtOnce, onError);
      log.empty();
      workAfter(log.isOld() ? retryMs : quietMs);
    },
    settle: start,
    stop(how) {
      stopped = true;
      waiting?.cancel();
      rewriter.giveWay();
      if (how === 'discard') return;
      attempt(rewriter.close, onError);
      log.empty();
    },
  };
}
