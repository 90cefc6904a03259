import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MemorydError, messageOf } from '../../errors.ts';
import { CrashLoop } from '../../foreign/crash-loop.ts';
import { exitMeaning } from '../../foreign/exit-meaning.ts';
import { type Guard, guardGroup } from '../../foreign/guard.ts';
import { type Prepared, type Start, startAt } from '../../foreign/prepare.ts';
import { redactor } from '../../foreign/secrets.ts';
import { askToStop, graceMs } from '../../foreign/stop.ts';
import { killTree, treeVariable } from '../../system/process-tree.ts';
import type { RunContext } from '../context.ts';
import { type ChildExit, type ChildSpec, Supervisor } from '../supervisor.ts';
import { Attention } from './attention.ts';
import { Capture } from './capture.ts';
import type { ChildDoor, ChildState } from './door.ts';
import { Leftovers } from './leftovers.ts';

const firstDelayMs = 100;
/** One that has not answered for so long is not expected to listen to reason. */
const hungGraceMs = 500;
const drainMs = 500;

/** A foreign daemon, kept running: started, watched, restarted, and stopped with all that came of it. */
export class ForeignChild {
  readonly #context: RunContext;
  readonly #prepared: Prepared;
  readonly #door: ChildDoor;
  readonly #leftovers: Leftovers;
  readonly #capture: Capture;
  readonly #loop: CrashLoop;
  readonly #supervisor: Supervisor;
  readonly #stopping = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #attention: Attention | undefined;
  #guard: Guard | undefined;
  #start: { start: Start; port: number; marker: string } | undefined;
  #state: ChildState = {
    pid: null,
    live: false,
    ready: false,
    useful: null,
    why: 'not started',
    restarts: 0,
    yielded: false,
  };

  constructor(context: RunContext, prepared: Prepared, door: ChildDoor) {
    const { system, paths, log } = context;
    const { spec, secrets } = prepared;
    this.#context = context;
    this.#prepared = prepared;
    this.#door = door;
    this.#leftovers = new Leftovers(system, paths);
    this.#capture = new Capture(log, redactor(secrets));
    this.#loop = new CrashLoop(spec.restart);
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
    return this.#state;
  }

  /** Resolves when a child has answered for the first time. */
  get ready(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** Runs until `stop`. Throws `configuration` when starting it again is no use. */
  async run(): Promise<void> {
    await this.#leftovers.sweep(this.#context.log.write);
    const outcome = await this.#supervisor.run();
    await this.#leftovers.forget();
    if (outcome.kind === 'final') throw this.#lastWords(outcome.exit);
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
    const marker = randomUUID();
    await this.#leftovers.keep(marker);
    this.#start = { start, port, marker };
    return {
      argv: start.argv,
      options: { cwd: start.cwd, env: { ...start.env, [treeVariable]: marker } },
      stdio: ['pipe', 'pipe'],
      stopDeadlineMs: graceMs(spec.stop, spec.stopTimeoutSecs),
      ask: (child) => void askToStop(system, spec.stop, child, port, log.write),
      sweep: (root) => this.#sweep(marker, root),
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

  async #yield(): Promise<void> {
    this.#context.log.write('child.yielded');
    this.#set({ yielded: true, ready: true, why: null });
    this.#firstReady.resolve();
    await this.#door.standBy(this.#stopping.signal);
    this.#set({ yielded: false, ready: false, why: 'not running' });
  }

  async #sweep(marker: string, root: number): Promise<void> {
    const { system, log } = this.#context;
    const left = await killTree(system, { marker, root });
    if (left.length > 0) log.write('child.left', { pids: left });
  }

  #set(change: Partial<ChildState>): void {
    this.#state = { ...this.#state, ...change };
  }

  #started(child: ChildProcess): void {
    const { system, log } = this.#context;
    const current = this.#start;
    if (child.pid === undefined || current === undefined) return;
    this.#leftovers.keep(current.marker, child.pid).catch((error: unknown) => {
      log.write('child.unrecorded', { error: messageOf(error) });
    });
    this.#guard = guardGroup(system, child.pid, log.write);
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
      onHung: () => this.#supervisor.restart(hungGraceMs),
    });
    this.#attention.begin();
  }

  async #ended(): Promise<void> {
    this.#attention?.end();
    this.#guard?.release();
    this.#set({ pid: null, live: false, ready: false, useful: null, why: 'not running' });
    // The tree is gone, so its pipes are at their end; what was in them is read.
    await Promise.race([this.#capture.drained(), delay(drainMs)]);
  }

  async #isFinal({ code }: ChildExit): Promise<boolean> {
    const { clock } = this.#context.system;
    const meaning = exitMeaning(this.#prepared.spec, code);
    if (meaning === 'refuse') return true;
    if (meaning === 'yield') {
      const begun = clock.monotonic();
      await this.#yield();
      const stood = clock.monotonic() - begun >= this.#prepared.spec.restart.stableSecs * 1000;
      if (stood) this.#supervisor.settled();
    }
    this.#set({ restarts: this.#state.restarts + 1 });
    return this.#loop.ended(clock.monotonic());
  }

  #lastWords({ code, signal }: ChildExit): MemorydError {
    const { spec } = this.#prepared;
    const end =
      signal !== null ? `killed by ${signal}` : code === null ? 'could not be started' : `exit ${code}`;
    const refused = exitMeaning(spec, code) === 'refuse';
    const { exits, windowSecs } = spec.restart;
    const what = refused
      ? `it will not run: ${end}`
      : `ended ${exits} times in ${windowSecs} s, last: ${end}`;
    const said = this.#capture.lastLines.join('\n');
    return new MemorydError('configuration', said === '' ? what : `${what}\n${said}`, {
      hint: `memoryd logs ${spec.service}`,
    });
  }
}
