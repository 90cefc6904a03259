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

/** Records the runs of a service on disk. Only the one host of the service may write them. */
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

  /** Records the start in memory only, because the host must first serve its socket; `save` writes it to disk. */
  static async open(
    system: System,
    paths: ServicePaths,
    log: Log,
    run: Pick<Run, 'pid' | 'build'>,
    limit: CrashLoopLimit,
  ): Promise<RunRecorder> {
    const now = momentOf(system);
    const state = await observeRuns(system, paths);
    // An unusable record must not prevent a run. The log tells why the count was lost.
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

  /** Writes the record to disk. From then on a crash of this run can be recognised. */
  async save(): Promise<void> {
    try {
      await writeRuns(this.#system, this.#paths, this.#runs);
    } catch (error) {
      // A full disk must not stop a service that does not need disk space. The log has the reason.
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
