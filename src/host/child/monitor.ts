import type { ChildStart } from '../../external/prepare.ts';
import type { ExternalSpec } from '../../external/spec.ts';
import { HealthWatch } from '../../external/watch.ts';
import type { Log } from '../../service/log.ts';
import type { ProbeAnswer } from '../../service/probe-answer.ts';
import type { Clock } from '../../system/clock.ts';
import { MemoryLimit } from './memory-limit.ts';
import type { ChildState, ChildTransport } from './transport.ts';

export interface ChildMonitorOptions {
  spec: ExternalSpec;
  transport: ChildTransport;
  start: ChildStart;
  port: number;
  clock: Clock;
  log: Log;
  /** Called with every change in the state of the child. */
  onChange(change: Partial<ChildState>): void;
  /** Called once, when the child first answers. */
  onReady(): void;
  /** The memory of the child and its descendants in bytes; `undefined` if it cannot be measured. */
  memory(): Promise<number | undefined>;
  /** Called once: the child did not become ready in time. `why` is what the last probe saw. */
  onLate(why: string): void;
  /** Called once: the child is alive but no longer answers. */
  onHung(): void;
  /** Called once: the child uses more memory than allowed. */
  onTooBig(why: string): void;
}

/**
 * How long a child may take to become ready. A little less than the manager waits for the host, which must have the time
 * to say what it saw (N09). 0 is for ever.
 */
export function startLimitMs({ startTimeoutSecs: secs }: Pick<ExternalSpec, 'startTimeoutSecs'>): number {
  return secs === 0 ? Number.POSITIVE_INFINITY : (secs - Math.min(2, secs / 5)) * 1000;
}

/** Between two probes while the child starts. */
const startPollMs = 50;

/**
 * Monitors one child from its start to its end: whether it becomes ready, then whether it still answers and is
 * functional, and all the time how much memory it uses.
 */
export class ChildMonitor {
  readonly #options: ChildMonitorOptions;
  #over = false;
  #useful: boolean | undefined;
  #watch: HealthWatch | undefined;
  #limit: MemoryLimit | undefined;

  constructor(options: ChildMonitorOptions) {
    this.#options = options;
  }

  /** Starts monitoring. Results are reported through the options; never throws. */
  begin(): void {
    const { maxMemoryMb } = this.#options.spec;
    if (maxMemoryMb !== undefined) this.#limit = new MemoryLimit({ ...this.#options, maxMemoryMb });
    this.#limit?.begin();
    void this.#awaitReady();
  }

  end(): void {
    this.#over = true;
    this.#watch?.stop();
    this.#limit?.end();
  }

  #probe(): Promise<ProbeAnswer> {
    const { transport, start, port } = this.#options;
    return transport.probe(start, port);
  }

  async #awaitReady(): Promise<void> {
    const { spec, clock, log, onChange, onLate } = this.#options;
    const begun = clock.monotonic();
    const limitMs = startLimitMs(spec);
    for (;;) {
      const answer = await this.#probe();
      if (this.#over) return;
      const ms = Math.round(clock.monotonic() - begun);
      if (answer.kind === 'yes') return this.#becomeReady(ms);
      onChange({ why: `starting: ${answer.why}` });
      if (ms > limitMs) {
        log('child.late', { afterMs: limitMs, why: answer.why });
        return onLate(answer.why);
      }
      await clock.sleep(startPollMs);
      if (this.#over) return;
    }
  }

  #becomeReady(ms: number): void {
    const { spec, port, clock, log, onChange, onReady, onHung } = this.#options;
    log('child.ready', { port, ms });
    onChange({ ready: true, why: null });
    onReady();
    this.#watch = new HealthWatch({
      settings: spec.watch,
      clock,
      probe: () => this.#probe(),
      onAnswer: (answer, failures) => this.#answered(answer, failures),
      onHung: (why) => {
        log('child.hung', { why });
        onHung();
      },
    });
    this.#watch.start();
    void this.#askFunctional();
  }

  #answered(answer: ProbeAnswer, failures: number): void {
    const { log, onChange } = this.#options;
    if (answer.kind === 'no') {
      log('child.silent', { why: answer.why, failures });
      onChange({ ready: false, why: answer.why });
      return;
    }
    onChange({ ready: true, why: null });
    void this.#askFunctional();
  }

  async #askFunctional(): Promise<void> {
    const { transport, start, port, log, onChange } = this.#options;
    const answer = await transport.useful?.(start, port);
    if (answer === undefined || this.#over) return;
    const useful = answer.kind === 'yes';
    if (useful !== this.#useful) log('child.useful', { ...answer });
    this.#useful = useful;
    onChange({ useful, ...(answer.kind === 'no' ? { why: answer.why } : {}) });
  }
}
