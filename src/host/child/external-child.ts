import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Prepared, type Start, startAt } from '../../external/prepare.ts';
import { redactor } from '../../external/secrets.ts';
import { askToStop, graceMs } from '../../external/stop.ts';
import type { RunContext } from '../context.ts';
import { type ChildExit, type ChildSpec, Supervisor } from '../supervisor.ts';
import { Capture } from './capture.ts';
import { Ends } from './exit-tracker.ts';
import { Attention } from './monitor.ts';
import type { ChildDoor, ChildState } from './transport.ts';
import { ChildTree } from './tree.ts';

const firstDelayMs = 100;
/** One that has not answered for so long is not expected to listen to reason. */
const hungGraceMs = 500;
const drainMs = 500;

/** A foreign daemon, kept running: started, watched, restarted, and stopped with all that came of it. */
export class ForeignChild {
  readonly #context: RunContext;
  readonly #prepared: Prepared;
  readonly #door: ChildDoor;
  readonly #tree: ChildTree;
  readonly #capture: Capture;
  readonly #ends: Ends;
  readonly #supervisor: Supervisor;
  readonly #stopping = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #attention: Attention | undefined;
  #start: { start: Start; port: number } | undefined;
  #state: ChildState = {
    pid: null,
    live: false,
    ready: false,
    useful: null,
    why: 'not started',
    restarts: 0,
    yielded: false,
    lastEnd: null,
  };

  constructor(context: RunContext, prepared: Prepared, door: ChildDoor) {
    const { system, paths, log } = context;
    const { spec, secrets } = prepared;
    this.#context = context;
    this.#prepared = prepared;
    this.#door = door;
    this.#tree = new ChildTree(system, paths, log.write);
    this.#capture = new Capture(log, redactor(secrets));
    this.#ends = new Ends(spec);
    const policy = {
      firstMs: firstDelayMs,
      maxMs: spec.restart.maxDelaySecs * 1000,
      stableMs: spec.restart.stableSecs * 1000,
      isFinal: (exit: ChildExit) => this.#isFinal(exit),
    };
    this.#supervisor = new Supervisor(system, () => this.#next(), policy, log.write, {
      started: (child) => this.#started(child),
      ended: () => this.#ended(),
    });
  }

  get state(): ChildState {
    return { ...this.#state, lastEnd: this.#ends.last };
  }

  /** What it takes with all that came of it, in bytes; `undefined` where nothing tells, and while it does not run. */
  memory(): Promise<number | undefined> {
    return this.#tree.memory();
  }

  /** Resolves when a child has answered for the first time. */
  get ready(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** Runs until `stop`. Throws `configuration` when starting it again is no use. */
  async run(): Promise<void> {
    await this.#tree.sweepEarlier();
    const outcome = await this.#supervisor.run();
    await this.#tree.forget();
    if (outcome.kind === 'final') throw this.#ends.lastWords(this.#capture.lastLines);
  }

  stop(): void {
    this.#stopping.abort();
    this.#attention?.end();
    this.#supervisor.stop();
  }

  async #next(): Promise<ChildSpec> {
    const { system, log } = this.#context;
    const { spec } = this.#prepared;
    const port = await this.#freePort();
    const start = await startAt(system, this.#prepared, port);
    const mark = await this.#tree.mark();
    this.#start = { start, port };
    return {
      argv: start.argv,
      options: { cwd: start.cwd, env: { ...start.env, ...mark } },
      stdio: ['pipe', 'pipe'],
      stopDeadlineMs: graceMs(spec.stop, spec.stopTimeoutSecs),
      ask: (child) => void askToStop(system, spec.stop, child, port, log.write),
      sweep: (root) => this.#tree.kill(root),
    };
  }

  async #freePort(): Promise<number> {
    for (;;) {
      const port = await this.#door.port();
      if (port !== undefined) return port;
      await this.#yield();
      // `run` ends before anything is started.
      if (this.#stopping.signal.aborted) return 0;
    }
  }

  /** Stands by; tells whether another process has been seen to serve. */
  async #yield(): Promise<boolean> {
    this.#context.log.write('child.yielded');
    this.#set({ yielded: true, ready: true, why: null });
    this.#firstReady.resolve();
    const served = await this.#door.standBy(this.#stopping.signal);
    this.#set({ yielded: false, ready: false, why: 'not running' });
    return served;
  }

  #set(change: Partial<ChildState>): void {
    this.#state = { ...this.#state, ...change };
  }

  #started(child: ChildProcess): void {
    const { system, log } = this.#context;
    const current = this.#start;
    if (child.pid === undefined || current === undefined) return;
    this.#tree.adopt(child.pid);
    this.#capture.follow(child, { stdout: this.#door.attach === undefined });
    this.#door.attach?.(child);
    log.write('child.started', { pid: child.pid, program: current.start.argv[0], port: current.port });
    this.#set({ pid: child.pid, live: true, ready: false, useful: null, why: 'starting', yielded: false });
    const { spec } = this.#prepared;
    this.#attention = new Attention({
      ...current,
      spec,
      door: this.#door,
      clock: system.clock,
      log: log.write,
      onChange: (change) => this.#set(change),
      onReady: () => {
        this.#supervisor.settled();
        this.#firstReady.resolve();
      },
      memory: () => this.#tree.memory(),
      onHung: () => this.#restart('it did not answer', hungGraceMs),
      onTooBig: (why) => this.#restart(why),
    });
    this.#attention.begin();
  }

  #restart(why: string, graceMs?: number): void {
    this.#attention?.end();
    this.#ends.expect(why);
    this.#set({ ready: false, why });
    this.#supervisor.restart(graceMs);
  }

  async #ended(): Promise<void> {
    this.#attention?.end();
    this.#tree.release();
    this.#set({ pid: null, live: false, ready: false, useful: null, why: 'not running' });
    // The tree is gone, so its pipes are at their end; what was in them is read.
    await Promise.race([this.#capture.drained(), delay(drainMs)]);
  }

  async #isFinal(exit: ChildExit): Promise<boolean> {
    const { clock } = this.#context.system;
    const meaning = this.#ends.judge(exit);
    if (meaning === 'refuse') return true;
    const served = meaning === 'yield' && (await this.#yield());
    this.#set({ restarts: this.#state.restarts + 1 });
    if (!served) return this.#ends.isLoop(clock.monotonic());
    // To make room for one that serves is no failure.
    this.#supervisor.settled();
    return false;
  }
}
