import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { messageOf } from '../errors.ts';
import type { Log } from '../service/log.ts';
import type { Argv } from '../system/exec.ts';
import { killGroup } from '../system/process-group.ts';
import type { System } from '../system/system.ts';
import { type Backoff, backoffMs } from './backoff.ts';

/** What is run, again and again. */
export interface ChildSpec {
  argv: Argv;
  /** `detached` and the standard input are the supervisor's. */
  options: Omit<SpawnOptions, 'detached' | 'stdio'>;
  /** Descriptors from 1 on; 0 is always the line that tells the child of its supervisor's death. */
  stdio: readonly ('ignore' | 'inherit' | 'pipe' | number)[];
  /** From asking it to stop until its whole group is killed. */
  stopDeadlineMs: number;
  /** Asks it to stop. Without this its standard input ends, and it gets SIGTERM where there is one. */
  ask?(child: ChildProcess): void;
  /** Kills what is left of it. Without this: its process group. */
  sweep?(pid: number): Promise<void>;
}

/** How a child ended; both null when it could not even be started. */
export interface ChildExit {
  code: number | null;
  signal: string | null;
  ranMs: number;
}

export interface RestartPolicy extends Backoff {
  /** A run this long has been well, even if nobody said so. */
  stableMs: number;
  /** An end that is no failure, or that another start would not change. */
  isFinal(exit: ChildExit): boolean | Promise<boolean>;
}

export type SupervisionOutcome = { kind: 'stopped' } | { kind: 'final'; exit: ChildExit };

/** Called with each child before anything of it is read, and after it is gone. */
export interface ChildWatch {
  started?(child: ChildProcess): void;
  ended?(exit: ChildExit): void | Promise<void>;
}

type SupervisorSystem = Pick<System, 'clock' | 'exec' | 'platform'>;

/**
 * Keeps one child running: restarts it with exponential backoff and jitter, stops it as a whole group.
 * The child leads a process group of its own, and its standard input ends when the supervisor dies, however it dies.
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
    /** What to run, or who says it before each start; what that throws, `run` throws. */
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

  /** The child has shown that it works: the backoff begins anew. */
  resetBackoff(): void {
    this.#failures = 0;
  }

  /** Stops the child and ends `run`. */
  stop(): void {
    this.#stopping = true;
    this.#stop.resolve();
    this.#end();
  }

  /** Ends the child that runs now, so that another is started; `deadlineMs` is for one that is not expected to listen. */
  restart(deadlineMs?: number): void {
    this.#end(deadlineMs);
  }

  /** Runs until it is stopped, or the child ends in a way that the policy calls final. */
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
    // On Windows a detached child gets a console window of its own.
    const detached = platform !== 'win32';
    const child = exec.spawn(argv, { ...options, detached, stdio: ['pipe', ...stdio] });
    child.once('exit', end);
    child.once('error', (error) => {
      this.#log('child.error', { error: error.message });
      if (child.pid === undefined) end(null, null);
    });
    // Writing to it is never tried; a child that closes it early is no error of ours.
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

  /** Asks, waits, kills. Closing its standard input asks where there is no SIGTERM: on Windows kill() terminates. */
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
