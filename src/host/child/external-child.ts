import type { ChildProcess } from 'node:child_process';
import type { MemorydError } from '../../errors.ts';
import { type ChildStart, type PreparedDaemon, startAt } from '../../external/prepare.ts';
import { redactor } from '../../external/secrets.ts';
import { askToStop, graceMs } from '../../external/stop.ts';
import type { RunContext } from '../context.ts';
import { type ChildExit, type ChildSpec, Supervisor } from '../supervisor.ts';
import { Capture } from './capture.ts';
import { ExitTracker } from './exit-tracker.ts';
import { ChildMonitor } from './monitor.ts';
import { isServedSoon, notReadyError } from './not-ready.ts';
import { type ChildState, type ChildTransport, notStarted } from './transport.ts';
import { ChildTree } from './tree.ts';

const firstDelayMs = 100;
/** The time to stop for a child that hung. It is short, because such a child is not expected to react. */
const hungGraceMs = 500;
const drainMs = 500;

/** Keeps an external daemon running: starts, monitors and restarts it, and stops it with all its descendants. */
export class ExternalChild {
  readonly #context: RunContext;
  readonly #prepared: PreparedDaemon;
  readonly #transport: ChildTransport;
  readonly #tree: ChildTree;
  readonly #capture: Capture;
  readonly #exits: ExitTracker;
  readonly #supervisor: Supervisor;
  readonly #stopping = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #wasReady = false;
  #late: MemorydError | undefined;
  /** Processes that the last child left behind when it ended by itself. */
  #left: number[] = [];
  #monitor: ChildMonitor | undefined;
  #start: { start: ChildStart; port: number } | undefined;
  #state = notStarted;

  constructor(context: RunContext, prepared: PreparedDaemon, transport: ChildTransport) {
    const { system, paths, log } = context;
    const { spec, secrets } = prepared;
    this.#context = context;
    this.#prepared = prepared;
    this.#transport = transport;
    this.#tree = new ChildTree(system, paths, log.write);
    this.#capture = new Capture(log, redactor(secrets));
    this.#exits = new ExitTracker(spec);
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
    return { ...this.#state, lastEnd: this.#exits.last };
  }

  /** The memory of the daemon and its descendants in bytes; `undefined` if it cannot be measured or nothing runs. */
  memory = (): Promise<number | undefined> => this.#tree.memory();

  /** Resolves when a child has answered for the first time, or another process of the daemon serves. */
  get ready(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** Runs until `stop`. Throws `configuration` if another start would not help, `failed` if it is not ready in time. */
  async run(): Promise<void> {
    await this.#tree.sweepEarlier();
    const outcome = await this.#supervisor.run();
    await this.#tree.forget();
    if (this.#late !== undefined) throw this.#late;
    if (outcome.kind === 'final') throw this.#exits.failureDetail(this.#capture.lastLines);
  }

  stop(): void {
    this.#stopping.abort();
    this.#monitor?.end();
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
      sweep: async (root) => {
        this.#left = (await this.#tree.pids()).filter((pid) => pid !== root);
        await this.#tree.kill(root);
      },
    };
  }

  async #freePort(): Promise<number> {
    for (;;) {
      const port = await this.#transport.port();
      if (port !== undefined) return port;
      await this.#standBy();
      // The supervisor is stopping: `run` ends before it starts anything.
      if (this.#stopping.signal.aborted) return 0;
    }
  }

  /** Waits while another process of the same daemon serves. Returns whether it ever answered. */
  async #standBy(): Promise<boolean> {
    this.#context.log.write('child.yielded');
    this.#set({ yielded: true, ready: true, why: null });
    this.#firstReady.resolve();
    const served = await this.#transport.standBy(this.#stopping.signal);
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
    this.#capture.follow(child, { stdout: this.#transport.attach === undefined });
    this.#transport.attach?.(child);
    log.write('child.started', { pid: child.pid, program: current.start.argv[0], port: current.port });
    this.#set({ pid: child.pid, live: true, ready: false, useful: null, why: 'starting', yielded: false });
    const { spec } = this.#prepared;
    this.#monitor = new ChildMonitor({
      ...current,
      spec,
      transport: this.#transport,
      clock: system.clock,
      log: log.write,
      onChange: (change) => this.#set(change),
      onReady: () => {
        this.#wasReady = true;
        this.#exits.served();
        this.#supervisor.resetBackoff();
        this.#firstReady.resolve();
      },
      memory: () => this.#tree.memory(),
      onLate: (why) => void this.#giveUp(why, current.port),
      onHung: () => this.#restart('it did not answer', hungGraceMs),
      onTooBig: (why) => this.#restart(why),
    });
    this.#monitor.begin();
  }

  /**
   * A child that never became ready ends the run with what was seen (N09): whoever waits for the service need not wait
   * longer, and the manager starts the host again. One that was ready before is restarted.
   */
  async #giveUp(seen: string, port: number): Promise<void> {
    if (this.#wasReady) return this.#restart('it did not answer', hungGraceMs);
    const { lastLines } = this.#capture;
    const found = { ...this.#prepared, port, seen, pids: await this.#tree.pids(), lastLines };
    this.#late = await notReadyError(this.#context.system, found);
    this.#monitor?.end();
    this.#exits.expect('not ready in time');
    this.#supervisor.stop();
  }

  #restart(why: string, graceMs?: number): void {
    this.#monitor?.end();
    this.#exits.expect(why);
    this.#set({ ready: false, why });
    this.#supervisor.restart(graceMs);
  }

  async #ended(): Promise<void> {
    this.#monitor?.end();
    this.#tree.release();
    this.#set({ pid: null, live: false, ready: false, useful: null, why: 'not running' });
    // The process tree has ended, so its pipes end too. Their remaining content is read first.
    await Promise.race([this.#capture.drained(), this.#context.system.clock.sleep(drainMs)]);
  }

  async #isFinal(exit: ChildExit): Promise<boolean> {
    const { system } = this.#context;
    const port = this.#start?.port ?? 0;
    const ask = async () => (await this.#transport.isServed?.(port)) ?? false;
    const standBy = async () => (await isServedSoon(system, ask, this.#stopping.signal)) && this.#standBy();
    const end = await this.#exits.judge(exit, this.#left, system.clock.monotonic(), standBy);
    if (end === 'final') return true;
    this.#set({ restarts: this.#state.restarts + 1 });
    // Giving way to another process that serves is not a failure.
    if (end === 'served') this.#supervisor.resetBackoff();
    return false;
  }
}
