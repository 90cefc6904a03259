import type { ChildProcess } from 'node:child_process';
import type { Definition } from './definition.ts';
import { killGroup } from './kill.ts';
import type { Faults, SimulatorOptions } from './options.ts';
import { spawnJob } from './spawn.ts';

export type JobState = 'not running' | 'spawn scheduled' | 'xpcproxy' | 'running' | 'SIGTERMed' | 'SIGKILLed';

export type Ending = { kind: 'code'; code: number } | { kind: 'signal'; signal: NodeJS.Signals };

/** sysexits(3) EX_CONFIG, reported of a job that could not be spawned. */
const spawnFailure: Ending = { kind: 'code', code: 78 };

/** One loaded job: its snapshot of the plist and its process. */
export class Job {
  readonly definition: Definition;
  state: JobState = 'not running';
  runs = 0;
  pid: number | undefined;
  ending: Ending | undefined;
  /** RunAtLoad and KeepAlive wait for the domain to leave its on-demand-only mode. */
  pended = false;
  reason = 'speculative';
  /** Booted out: the label stays taken until `gone`. */
  leaving = false;
  readonly gone: Promise<void>;
  readonly #options: SimulatorOptions;
  readonly #faults: Faults;
  #markGone: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;

  constructor(definition: Definition, options: SimulatorOptions, faults: Faults) {
    this.definition = definition;
    this.#options = options;
    this.#faults = faults;
    this.gone = new Promise((resolve) => {
      this.#markGone = resolve;
    });
  }

  /** Just loaded: starts what is to run by itself, if the domain starts such jobs at all. */
  load(onDemandOnly: boolean): void {
    if (!this.definition.runAtLoad || this.#faults.forgetLoad) return;
    if (onDemandOnly) this.pended = true;
    else this.#spawn('speculative');
  }

  /** The domain has left its on-demand-only mode. */
  release(): void {
    if (this.pended) this.#spawn('speculative');
  }

  /** Starts an idle job. A throttled one waits on: kickstart never unthrottles. */
  kickstart(): void {
    if (this.state === 'not running') this.#spawn('non-ipc demand');
  }

  signal(signal: NodeJS.Signals): boolean {
    if (this.pid === undefined) return false;
    process.kill(this.pid, signal);
    return true;
  }

  /** Begins to take the job out; `gone` says when the label is free. */
  bootout(): void {
    if (this.leaving) return;
    this.leaving = true;
    clearTimeout(this.#timer);
    if (this.pid === undefined) {
      this.#markGone();
      return;
    }
    this.state = 'SIGTERMed';
    this.signal('SIGTERM');
    const { exitTimeoutSecs } = this.definition;
    // 0 is endless.
    if (exitTimeoutSecs > 0)
      this.#after(exitTimeoutSecs * this.#options.timing.exitSecondMs, () => this.kill());
  }

  /** SIGKILL, now. */
  kill(): void {
    if (this.signal('SIGKILL') && this.leaving) this.state = 'SIGKILLed';
  }

  #after(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }

  #spawn(reason: string): void {
    this.runs += 1;
    this.pended = false;
    this.reason = reason;
    this.#startedAt = performance.now();
    const child = spawnJob(this.definition, this.#options);
    child?.once('error', (error) => console.error(`launchd simulator: ${error.message}`));
    if (child?.pid === undefined) {
      this.#ended(spawnFailure);
      return;
    }
    this.pid = child.pid;
    this.state = 'xpcproxy';
    this.#after(this.#options.timing.xpcproxyMs, () => {
      this.state = 'running';
    });
    this.#watch(child, child.pid);
  }

  #watch(child: ChildProcess, pid: number): void {
    child.once('exit', (code, signal) => {
      clearTimeout(this.#timer);
      // What the job leaves behind in its group goes with it: AbandonProcessGroup is not set.
      killGroup(pid);
      this.pid = undefined;
      this.#ended(signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal });
    });
  }

  #ended(ending: Ending): void {
    this.ending = ending;
    if (this.leaving) {
      this.#after(this.#options.timing.reservedMs, this.#markGone);
      return;
    }
    const clean = ending.kind === 'code' && ending.code === 0;
    const { keepAlive, throttleSecs } = this.definition;
    if (keepAlive === 'never' || (keepAlive === 'on-failure' && clean)) {
      this.state = 'not running';
      return;
    }
    // Minimum runtime less the time it ran: a job that lived long comes back at once.
    const ran = performance.now() - this.#startedAt;
    const delay = Math.max(0, throttleSecs * this.#options.timing.throttleSecondMs - ran);
    this.state = 'spawn scheduled';
    this.#after(delay, () => this.#spawn('semaphore'));
  }
}
