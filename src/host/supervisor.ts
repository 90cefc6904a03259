import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { messageOf } from '../errors.ts';
import type { Log } from '../service/log.ts';
import type { Argv } from '../system/exec.ts';
import { killGroup } from '../system/process-group.ts';
import type { System } from '../system/system.ts';
import { type Backoff, backoffMs } from './backoff.ts';

/** The process to keep running. */
export interface ChildSpec {
  argv: Argv;
  /** `detached` and standard input are set by the supervisor. */
  options: Omit<SpawnOptions, 'detached' | 'stdio'>;
  /** Descriptors from 1 on. 0 is always a pipe that ends when the supervisor dies. */
  stdio: readonly ('ignore' | 'inherit' | 'pipe' | number)[];
  /** The time from the request to stop until the whole process group is killed. */
  stopDeadlineMs: number;
  /** Asks the child to stop. Default: its standard input is closed, and it gets SIGTERM where that exists. */
  ask?(child: ChildProcess): void;
  /** Kills what is left of the child. Default: its process group. */
  sweep?(pid: number): Promise<void>;
}

/** How a child ended. `code` and `signal` are null if it could not be started. */
export interface ChildExit {
  code: number | null;
  signal: string | null;
  ranMs: number;
}

export interface RestartPolicy extends Backoff {
  /** A run of this length counts as successful, even if the child never reported that it is ready. */
  stableMs: number;
  /** Whether an exit is final: it is no failure, or another start would not help. */
  isFinal(exit: ChildExit): boolean | Promise<boolean>;
}

export type SupervisionOutcome = { kind: 'stopped' } | { kind: 'final'; exit: ChildExit };

/** Called with each child before its output is read, and after it has ended. */
export interface ChildWatch {
  started?(child: ChildProcess): void;
  ended?(exit: ChildExit): void | Promise<void>;
}

type SupervisorSystem = Pick<System, 'clock' | 'exec' | 'platform'>;

/**
 * Keeps one child running: restarts it with exponential backoff and jitter, and stops its whole process group. The
 * child leads its own process group, and its standard input ends when the supervisor dies, however it dies.
 */
export class Supervisor {
  readonly #machine: SupervisorSystem;
  readonly #next: () => ChildSpec | Promise<ChildSpec>;
  readonly #policy: RestartPolicy;
  readonly #log: Log;
  readonly #watch: ChildWatch;
  readonly #random: () => number;
  readonly #stop = Promise.withResolvers<void>();
  #stopping = false;
  #child: { process: ChildProcess; spec: ChildSpec } | undefined;
  #failures = 0;

  constructor(
    machine: SupervisorSystem,
    /** What to run, or a function called before each start. `run` throws what that function throws. */
    spec: ChildSpec | (() => Promise<ChildSpec>),
    policy: RestartPolicy,
    log: Log,
    watch: ChildWatch = {},
    random: () => number = Math.random,
  ) {
    this.#machine = machine;
    this.#next = typeof spec === 'function' ? spec : () => spec;
    this.#policy = policy;
    this.#log = log;
    this.#watch = watch;
    this.#random = random;
  }

  /** Resets the backoff, because the child has shown that it works. */
  resetBackoff(): void {
    this.#failures = 0;
  }

  /** Stops the child and ends `run`. */
  stop(): void {
    this.#stopping = true;
    this.#stop.resolve();
    this.#end();
  }

  /**
   * Stops the running child, so that another is started. `deadlineMs` replaces the stop timeout, for a child that is
   * not expected to react.
   */
  restart(deadlineMs?: number): void {
    this.#end(deadlineMs);
  }

  /** Runs until it is stopped, or an exit of the child is final by the policy. */
  async run(): Promise<SupervisionOutcome> {
    for (;;) {
      this.#failures += 1;
      const spec = await this.#next();
      if (this.#stopping) return { kind: 'stopped' };
      const exit = await this.#runOnce(spec);
      this.#log('child.exited', { ...exit });
      await this.#watch.ended?.(exit);
      if (this.#stopping) return { kind: 'stopped' };
      if (await this.#policy.isFinal(exit)) return { kind: 'final', exit };
      if (exit.ranMs >= this.#policy.stableMs) this.#failures = 0;
      const waitMs = backoffMs(this.#failures, this.#policy, this.#random);
      this.#log('child.restarting', { afterMs: waitMs });
      await this.#pause(waitMs);
      if (this.#stopping) return { kind: 'stopped' };
    }
  }

  async #runOnce(spec: ChildSpec): Promise<ChildExit> {
    const { argv, options, stdio } = spec;
    const { clock, exec, platform } = this.#machine;
    const start = clock.monotonic();
    const gone = Promise.withResolvers<ChildExit>();
    const end = (code: number | null, signal: string | null) =>
      gone.resolve({ code, signal, ranMs: Math.round(clock.monotonic() - start) });
    // On Windows a detached child gets its own console window.
    const detached = platform !== 'win32';
    const child = exec.spawn(argv, { ...options, detached, stdio: ['pipe', ...stdio] });
    child.once('exit', end);
    child.once('error', (error) => {
      this.#log('child.error', { error: error.message });
      if (child.pid === undefined) end(null, null);
    });
    // We never write to standard input. A child may close it early without an error.
    child.stdin?.on('error', (error) => this.#log('child.stdin', { error: error.message }));
    this.#watch.started?.(child);
    this.#child = { process: child, spec };
    const exit = await gone.promise;
    this.#child = undefined;
    if (child.pid !== undefined) await this.#sweep(spec, child.pid);
    return exit;
  }

  #sweep(spec: ChildSpec, pid: number): Promise<void> {
    return spec.sweep === undefined ? killGroup(this.#machine, pid) : spec.sweep(pid);
  }

  /**
   * Asks the child to stop, and kills it after the deadline. Closing standard input is the request where SIGTERM does
   * not exist: on Windows kill() terminates.
   */
  #end(deadlineMs?: number): void {
    if (this.#child === undefined) return;
    const { process: child, spec } = this.#child;
    const { pid } = child;
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (spec.ask !== undefined) spec.ask(child);
    else {
      child.stdin?.end();
      if (this.#machine.platform !== 'win32') child.kill('SIGTERM');
    }
    const afterMs = deadlineMs ?? spec.stopDeadlineMs;
    const deadline = this.#machine.clock.after(afterMs, () => {
      this.#log('child.killed', { pid, afterMs });
      this.#sweep(spec, pid).catch((error: unknown) => this.#log('child.left', { error: messageOf(error) }));
    });
    child.once('exit', () => deadline.cancel());
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0) return;
    const over = new AbortController();
    await Promise.race([this.#machine.clock.sleep(ms, over.signal), this.#stop.promise]);
    over.abort();
  }
}
