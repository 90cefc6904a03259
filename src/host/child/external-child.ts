import type { ChildProcess } from 'node:child_process';
import { MemorydError } from '../../errors.ts';
import { listenersText } from '../../external/listeners-text.ts';
import { type ChildStart, type PreparedDaemon, startAt } from '../../external/prepare.ts';
import { redactor } from '../../external/secrets.ts';
import { askToStop, graceMs } from '../../external/stop.ts';
import { listenedBy, listeningOn } from '../../system/listeners.ts';
import type { RunContext } from '../context.ts';
import { type ChildExit, type ChildSpec, Supervisor } from '../supervisor.ts';
import { Capture } from './capture.ts';
import { ExitTracker } from './exit-tracker.ts';
import { ChildMonitor, startLimitMs } from './monitor.ts';
import type { ChildState, ChildTransport } from './transport.ts';
import { ChildTree } from './tree.ts';

const firstDelayMs = 100;
/** The time to stop for a child that hung. It is short, because such a child is not expected to react. */
const hungGraceMs = 500;
const drainMs = 500;
/** How long an answer of the process is awaited to which a daemon gives way. */
const servedMs = 1000;
const servedPollMs = 100;

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
  memory(): Promise<number | undefined> {
    return this.#tree.memory();
  }

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
    const { system } = this.#context;
    const { spec } = this.#prepared;
    const [onPort, own] = await Promise.all([
      listeningOn(system, [port]),
      this.#tree.pids().then((pids) => listenedBy(system, pids)),
    ]);
    const after = `not ready after ${Math.round(startLimitMs(spec) / 1000)} s (--start-timeout)`;
    const message = `${after}: ${seen}${listenersText(port, onPort, own)}`;
    this.#late = new MemorydError('failed', [message, ...this.#capture.lastLines].join('\n'), {
      hint: `memoryd install ${spec.service} --start-timeout ${spec.startTimeoutSecs * 2}`,
    });
    this.#monitor?.end();
    this.#exits.expect(after);
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
    const now = this.#context.system.clock.monotonic();
    const meaning = this.#exits.meaningOf(exit);
    if (meaning === 'refuse') return true;
    // A command that detaches its daemon ends at once, with success, and is no failure that a restart would help (N09).
    if (meaning === 'restart' && exit.code === 0 && this.#left.length > 0) {
      this.#exits.background(this.#left);
      return true;
    }
    const served = meaning === 'yield' && (await this.#isServed()) && (await this.#standBy());
    this.#set({ restarts: this.#state.restarts + 1 });
    if (meaning === 'yield' && !served) return this.#exits.isVain(now);
    if (!served) return this.#exits.isLoop(now);
    this.#exits.served();
    // Giving way to another process that serves is not a failure.
    this.#supervisor.resetBackoff();
    return false;
  }

  /** Whether another process answers now: an exit code alone proves nothing (N10). Asks for a second. */
  async #isServed(): Promise<boolean> {
    const { clock } = this.#context.system;
    const port = this.#start?.port ?? 0;
    const end = clock.monotonic() + servedMs;
    for (;;) {
      if (await this.#transport.isServed?.(port)) return true;
      if (clock.monotonic() >= end || this.#stopping.signal.aborted) return false;
      await clock.sleep(servedPollMs, this.#stopping.signal);
    }
  }
}
