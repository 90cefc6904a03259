import { MemorydError, messageOf } from '../../errors.ts';
import { exposedAt } from '../../external/exposure.ts';
import { type ChildStart, type PreparedDaemon, prepareExternal } from '../../external/prepare.ts';
import { AutoProbe } from '../../external/probes/auto.ts';
import { ask } from '../../external/probes/index.ts';
import type { HostPhase } from '../../runtime/report.ts';
import { discardSocket } from '../../runtime/socket-activation.ts';
import type { ProbeSettings } from '../../service/external-settings.ts';
import type { ProbeAnswer } from '../../service/probe-answer.ts';
import type { Clock } from '../../system/clock.ts';
import { releaseMemory } from '../../system/memory.ts';
import { type Address, Advertiser } from '../advertiser.ts';
import type { RunContext } from '../context.ts';
import type { RunRecorder } from '../run-recorder.ts';
import { ExternalChild } from './external-child.ts';
import { choosePort } from './ports.ts';
import { reportOf } from './report.ts';
import { loadSpec } from './spec.ts';

const host = '127.0.0.1';
/** Subtracted from the stop timeout, so that we end before the supervisor or manager kills us. */
const reserveSecs = 1;
const rivalPollMs = 200;
/** After this long without a request there is nothing to do until the next probe. */
const releaseMs = 2000;

function addressAt(port: number): Address {
  return { host, port, url: `http://${host}:${port}` };
}

/**
 * The host of an external daemon that listens by itself: the endpoint names the daemon's address, and the control
 * channel reports on it.
 */
export class ExternalHost {
  readonly #context: RunContext;
  readonly #recorder: RunRecorder;
  readonly #advertiser: Advertiser;
  #phase: HostPhase = 'starting';
  #prepared: PreparedDaemon | undefined;
  #child: ExternalChild | undefined;
  #running: Promise<void> = Promise.resolve();
  #port = 0;
  #warnings: string[] = [];
  #release: ReturnType<Clock['after']> | undefined;
  readonly #auto = new AutoProbe();
  /** The child that was probed last. */
  #probed: ChildStart | undefined;

  constructor(context: RunContext, recorder: RunRecorder) {
    this.#context = context;
    this.#recorder = recorder;
    this.#advertiser = new Advertiser(context, recorder, async () => {
      const foreign = await reportOf(this.#prepared?.spec, this.#child, [
        ...this.#warnings,
        ...this.#blindness,
      ]);
      this.#scheduleRelease();
      return { foreign, phase: this.#phase, counters: {} };
    });
    // The daemon binds its port itself. It must not inherit a socket that a manager has passed to us.
    discardSocket(context.options.env, process.pid);
  }

  /** Resolves when the daemon answers and the manager is notified. Throws the reason if it cannot be started. */
  async start(): Promise<void> {
    const { system, paths, options } = this.#context;
    const prepared = await prepareExternal(system, paths, await loadSpec(this.#context));
    this.#prepared = prepared;
    const { useful } = prepared.spec;
    this.#child = new ExternalChild(this.#context, prepared, {
      port: () => this.#nextPort(prepared),
      probe: (start, port) => this.#probe(start, port),
      isServed: async (port) => (await this.#askAt(port)).kind === 'yes',
      ...(useful === undefined ? {} : { useful: (start, port) => this.#ask(useful, start, port) }),
      standBy: (signal) => this.#standBy(prepared, signal),
    });
    await this.#recorder.save();
    this.#running = this.#child.run();
    const failed = this.#running.then(() => new Promise<never>(() => undefined));
    // This also covers a failure after the daemon was ready.
    failed.catch((error: unknown) => options.shutdown.fail(error));
    await Promise.race([this.#child.ready, failed]);
    if (this.#phase !== 'starting') return;
    this.#phase = 'ready';
    await this.#advertiser.announce();
    await this.#checkExposure();
    this.#scheduleRelease();
  }

  /** Releases memory soon: a report reads all processes of the machine, which leaves half a megabyte behind. */
  #scheduleRelease(): void {
    this.#release?.cancel();
    this.#release = this.#context.system.clock.after(releaseMs, releaseMemory);
  }

  /** The probe of the daemon itself; of one without, what it is found to speak. */
  async #probe(start: ChildStart, port: number): Promise<ProbeAnswer> {
    const { probe, watch } = (this.#prepared as PreparedDaemon).spec;
    if (probe.kind !== 'auto') return this.#ask(probe as ProbeSettings, start, port);
    if (this.#probed !== start) this.#auto.reset();
    this.#probed = start;
    return this.#auto.ask({ host, port }, watch.timeoutSecs * 1000);
  }

  /** What the user should know of the way in which the daemon is watched. */
  get #blindness(): string[] {
    const { probe } = this.#prepared?.spec ?? {};
    if (probe?.kind !== 'tcp' && !this.#auto.isBlind) return [];
    const seen = 'only that it accepts connections is checked: a hang of it cannot be seen';
    return [`${seen}; use --probe http:<path> or mcp:<path> if it speaks that`];
  }

  #ask(probe: ProbeSettings, { values, env }: ChildStart, port: number): Promise<ProbeAnswer> {
    const timeoutMs = (this.#prepared?.spec.watch.timeoutSecs ?? 1) * 1000;
    return ask(this.#context.system, probe, { host, port, timeoutMs, values, env });
  }

  /**
   * The port for the next child; undefined if another process of the daemon serves there. Publishes before the daemon
   * answers, so that requests learn that it is starting. Another process of the same daemon on the port may still be
   * starting, so it gets the start timeout of our own child. Throws `failed` if another program holds the port.
   */
  async #nextPort({ spec }: PreparedDaemon): Promise<number | undefined> {
    const { clock } = this.#context.system;
    // Only a daemon that can yield may be served by a process that we did not start.
    const yields = Object.values(spec.exitCodes).includes('yield');
    const end = clock.monotonic() + (yields ? spec.startTimeoutSecs * 1000 : 0);
    for (;;) {
      const { kind, port } = await choosePort(this.#context, spec.port);
      await this.#publish(port);
      // Nothing is started while the host stops.
      if (kind === 'free' || this.#phase === 'stopping') return port;
      if (yields && (await this.#askAt(port)).kind === 'yes') return undefined;
      if (clock.monotonic() >= end) {
        throw new MemorydError('failed', `port ${port} is taken by another program`, {
          hint: `memoryd install ${spec.service} --port ${port + 1}`,
        });
      }
      await clock.sleep(rivalPollMs);
    }
  }

  async #publish(port: number): Promise<void> {
    if (port === this.#port) return;
    this.#port = port;
    await this.#advertiser.publish(addressAt(port), { external: true });
  }

  #askAt(port: number): Promise<ProbeAnswer> {
    const { spec } = this.#prepared as PreparedDaemon;
    const nobody = { argv: [''] as [string], env: {}, cwd: '', values: {} };
    if (spec.probe.kind !== 'auto') return this.#ask(spec.probe as ProbeSettings, nobody, port);
    return new AutoProbe().ask({ host, port }, spec.watch.timeoutSecs * 1000);
  }

  /**
   * Waits until the other process no longer serves. Before its first answer, a free port proves nothing: the daemon may
   * have yielded to a process that we cannot see.
   */
  async #standBy({ spec }: PreparedDaemon, signal: AbortSignal): Promise<boolean> {
    const { intervalSecs, threshold } = spec.watch;
    const isFree = async () => (await this.#context.system.network.probe(host, this.#port)) === 'free';
    const { clock } = this.#context.system;
    let served = false;
    for (let failures = 0; !signal.aborted; await clock.sleep(intervalSecs * 1000, signal)) {
      const serves = (await this.#askAt(this.#port)).kind === 'yes';
      served ||= serves;
      failures = serves ? 0 : failures + 1;
      if (failures >= Math.max(1, threshold) || (!serves && served && (await isFree()))) break;
    }
    return served;
  }

  async #checkExposure(): Promise<void> {
    const address = await exposedAt(this.#context.system, this.#port);
    if (address === undefined) return;
    this.#warnings = [`it listens on all interfaces: others can reach it at ${address}:${this.#port}`];
    this.#context.log.write('child.exposed', { address, port: this.#port });
  }

  /** Stops the daemon and its descendants. Returns whether that succeeded in time. */
  async stop(): Promise<boolean> {
    const { clock } = this.#context.system;
    const limitMs = Math.max(1, this.#context.early.stopTimeoutSecs - reserveSecs) * 1000;
    this.#phase = 'stopping';
    this.#child?.stop();
    const ended = this.#running.then(
      () => true,
      (error: unknown) => {
        this.#context.log.write('child.failed', { error: messageOf(error) });
        return false;
      },
    );
    const clean = await Promise.race([ended, clock.sleep(limitMs).then(() => false)]);
    await this.#advertiser.close();
    return clean;
  }

  /** Stops without waiting for readiness, which can no longer be reached. */
  async abandon(): Promise<void> {
    this.#phase = 'stopping';
    this.#child?.stop();
    await Promise.allSettled([this.#running]);
    await this.#advertiser.close();
  }
}
