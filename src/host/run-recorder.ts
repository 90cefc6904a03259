import { messageOf } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import {
  beginRun,
  type CrashLoopLimit,
  endRun,
  type Run,
  type RunExit,
  type Runs,
  runReady,
} from '../runtime/run-history.ts';
import { momentOf, observeRuns, writeRuns } from '../runtime/run-history-file.ts';
import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';

/** The account of the runs, kept on disk by the one host there is. */
export class RunRecorder {
  readonly #system: System;
  readonly #paths: ServicePaths;
  readonly #log: Log;
  #runs: Runs;

  private constructor(system: System, paths: ServicePaths, log: Log, runs: Runs) {
    this.#system = system;
    this.#paths = paths;
    this.#log = log;
    this.#runs = runs;
  }

  /** Books the start in memory only, because a host has a socket to serve first: see `save`. */
  static async open(
    system: System,
    paths: ServicePaths,
    log: Log,
    run: Pick<Run, 'pid' | 'build'>,
    limit: CrashLoopLimit,
  ): Promise<RunRecorder> {
    const now = momentOf(system);
    const state = await observeRuns(system, paths);
    // A record that is no use is no reason not to run, but nobody is to wonder where the count went.
    if (state.kind === 'unreadable' || state.kind === 'invalid') log('account.unread', { ...state });
    const before = state.kind === 'valid' ? state.value : undefined;
    return new RunRecorder(system, paths, log, beginRun(before, { ...run, startedAt: now.at }, now, limit));
  }

  get gaveUp(): string | undefined {
    return this.#runs.parked?.reason;
  }

  get restarts(): number {
    return this.#runs.restarts;
  }

  /** On disk, the account tells a crash from here on. */
  async save(): Promise<void> {
    try {
      await writeRuns(this.#system, this.#paths, this.#runs);
    } catch (error) {
      // A full disk must not stop a service that needs none.
      this.#log('account.lost', { why: messageOf(error) });
    }
  }

  async ready(): Promise<void> {
    this.#runs = runReady(this.#runs);
    await this.save();
  }

  async end(kind: Exclude<RunExit['kind'], 'killed'>, reason: string): Promise<void> {
    this.#runs = endRun(this.#runs, kind, reason, momentOf(this.#system));
    await this.save();
  }
}
