import { dirname } from 'node:path';
import { MemorydError, messageOf } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';
import { freeBytes as systemFreeBytes } from '../../system/disk.ts';
import type { Connection } from './connection.ts';
import type { RunningJob, StartJob } from './job/run.ts';
import { deletions, needsRewrite, noteRewritten, taskState } from './maintenance-state.ts';

const MiB = 1024 * 1024;
/** How fast VACUUM rewrites a file, in bytes per millisecond. */
const rewrittenPerMs = (60 * MiB) / 1_000;
/** Rewriting uses at most one part in this many of the time. */
const rewriteShare = 100;
/** The largest files that are rewritten in this process: before a deletion is acknowledged, and when the store closes. */
const rewrittenAtOnce = 4 * MiB;
const rewrittenAtClose = 32 * MiB;
/** A rewrite that failed or gave way is tried again after this time, which doubles with each further failure. */
const firstRetryMs = 60_000;
const lastRetryMs = 3_600_000;
/** Free space that a rewrite leaves to others. */
const sparedBytes = 64 * MiB;

/**
 * Rewrites the file after deletions. SQLite overwrites deleted rows, but not the copies that it leaves inside a page
 * when it moves rows to another page: about one row in a hundred has one. VACUUM writes every page anew.
 */
export interface Rewriter {
  /** The milliseconds until `run` should be called; `undefined` when there is nothing to rewrite. */
  dueIn(): number | undefined;
  /**
   * Rewrites the file, a larger one in another process, while this one answers. Throws the reason when that fails, and
   * not when it gave way.
   */
  run(): Promise<void>;
  /** Whether another process rewrites the file, and bars writes meanwhile. */
  isRunning(): boolean;
  /** Why the last rewrite failed; `undefined` when it did not. */
  problem(): string | undefined;
  /** Rewrites a small file before a deletion is acknowledged. Throws what SQLite throws. */
  runAtOnce(): void;
  /** Ends a rewrite that runs, because a write waits for it. It is tried again later. Gives false when none runs. */
  giveWay(): boolean;
  /** Rewrites a file that is not large. Throws what SQLite throws. */
  close(): void;
}

/** What a rewriter needs. Without `startJob` it rewrites small files only. */
export interface RewriteContext {
  connection: Connection;
  /** The path of the database. */
  path: string;
  clock: Clock;
  startJob: StartJob | undefined;
  /** The largest file that is rewritten before a deletion is acknowledged. */
  atOnceBytes?: number | undefined;
  freeBytes?: typeof systemFreeBytes;
}

/** The size of the database in bytes, without its log. */
function sizeOf(connection: Connection): number {
  return connection.pragma('page_count') * connection.pragma('page_size');
}

/** VACUUM needs a temporary copy and writes every page to the log. Throws `failed` when the disk has less space. */
function checkSpace(path: string, size: number, available: number): void {
  const needed = 2 * size + sparedBytes;
  if (available >= needed) return;
  const [free, least] = [available, needed].map((bytes) => `${Math.round(bytes / MiB)} MiB`);
  throw new MemorydError(
    'failed',
    `deleted text cannot be removed from ${path}: ${least} of free disk space are needed, ${free} are free`,
  );
}

/** When the next rewrite may start. */
function createSchedule(clock: Clock) {
  let earliest = Number.NEGATIVE_INFINITY;
  let failures = 0;
  return {
    dueIn: () => Math.max(0, earliest - clock.monotonic()),
    succeeded(size: number) {
      failures = 0;
      earliest = clock.monotonic() + (size / rewrittenPerMs) * rewriteShare;
    },
    failed() {
      earliest = clock.monotonic() + Math.min(firstRetryMs * 2 ** failures, lastRetryMs);
      failures += 1;
    },
  };
}

/** Whether the file should be rewritten. An earlier store is rewritten after its words were copied, not before. */
function isWanted(connection: Connection): boolean {
  return needsRewrite(connection) && taskState(connection, 'words-copied') === undefined;
}

/** Rewrites a file in this process, if it should be rewritten and is not too large. */
function rewriteHere(connection: Connection, largest: number): void {
  if (!isWanted(connection) || sizeOf(connection) > largest) return;
  const before = deletions(connection);
  connection.exec('VACUUM');
  connection.transaction(() => noteRewritten(connection, before));
}

/** Makes the rewriter of an open store. */
export function createRewriter(context: RewriteContext): Rewriter {
  const { connection, path, clock, startJob } = context;
  const { atOnceBytes = rewrittenAtOnce, freeBytes = systemFreeBytes } = context;
  const schedule = createSchedule(clock);
  let running: (RunningJob & { gaveWay?: boolean }) | undefined;
  let problem: string | undefined;

  async function rewriteOutside(start: StartJob, size: number): Promise<void> {
    let job: typeof running;
    try {
      checkSpace(path, size, freeBytes(dirname(path)));
      job = start('rewrite', path);
      running = job;
      await job.done;
      schedule.succeeded(size);
      problem = undefined;
    } catch (error) {
      schedule.failed();
      if (job?.gaveWay !== true) throw error;
    } finally {
      running = undefined;
    }
  }

  function giveWay(): boolean {
    if (running === undefined) return false;
    running.gaveWay = true;
    running.kill();
    return true;
  }

  return {
    dueIn() {
      if (!isWanted(connection)) return undefined;
      if (sizeOf(connection) <= atOnceBytes) return 0;
      return startJob === undefined ? undefined : schedule.dueIn();
    },
    async run() {
      const size = sizeOf(connection);
      try {
        if (startJob === undefined || size <= atOnceBytes) rewriteHere(connection, atOnceBytes);
        else await rewriteOutside(startJob, size);
      } catch (error) {
        problem = messageOf(error);
        throw error;
      }
    },
    isRunning: () => running !== undefined,
    problem: () => problem,
    runAtOnce: () => rewriteHere(connection, atOnceBytes),
    giveWay,
    close: () => rewriteHere(connection, rewrittenAtClose),
  };
}
