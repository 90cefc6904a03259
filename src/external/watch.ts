import type { WatchSettings } from '../service/external-settings.ts';
import type { ProbeAnswer } from '../service/probe-answer.ts';
import type { Clock } from '../system/clock.ts';

export interface WatchOptions {
  settings: WatchSettings;
  clock: Clock;
  /** Runs one probe within the timeout. Never throws. */
  probe(): Promise<ProbeAnswer>;
  /** Called with every answer that counts, and the number of failures in a row. */
  onAnswer(answer: ProbeAnswer, failures: number): void;
  /** Called once, after `threshold` failures in a row. The watch is then over. */
  onHung(why: string): void;
}

/** If a probe is this late, the machine slept or was overloaded, and a failure proves nothing (X10). */
const lateMs = 5000;

/**
 * Probes a running daemon repeatedly. After a failure, probes start `interval` apart, so that the deadline of the last
 * one is `interval × threshold` after the last good answer.
 */
export class HealthWatch {
  readonly #options: WatchOptions;
  #failures = 0;
  #timer: { cancel(): void } | undefined;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Starts, as if a good answer had just come. */
  start(): void {
    this.#askIn(this.#pauseMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get #pauseMs(): number {
    const { intervalSecs, timeoutSecs } = this.#options.settings;
    // If the timeout takes the whole interval, there is still a pause between probes.
    return Math.max(intervalSecs - timeoutSecs, intervalSecs / 10) * 1000;
  }

  #askIn(ms: number): void {
    if (this.#stopped) return;
    const since = this.#stopwatch();
    this.#timer = this.#options.clock.after(ms, () => void this.#ask(since() - ms));
  }

  /** Measures milliseconds by the clock that advanced further, because suspend stops one of them on some systems. */
  #stopwatch(): () => number {
    const { clock } = this.#options;
    const [wall, monotonic] = [clock.now().getTime(), clock.monotonic()];
    return () => Math.max(clock.now().getTime() - wall, clock.monotonic() - monotonic);
  }

  async #ask(lateBy: number): Promise<void> {
    const { settings, probe, onAnswer, onHung } = this.#options;
    const since = this.#stopwatch();
    const answer = await probe();
    if (this.#stopped) return;
    const took = since();
    const asleep = lateBy > lateMs || took - settings.timeoutSecs * 1000 > lateMs;
    if (answer.kind === 'no' && asleep) {
      this.#failures = 0;
      this.#askIn(this.#pauseMs);
      return;
    }
    this.#failures = answer.kind === 'yes' ? 0 : this.#failures + 1;
    onAnswer(answer, this.#failures);
    if (answer.kind === 'no' && settings.threshold > 0 && this.#failures >= settings.threshold) {
      this.stop();
      onHung(answer.why);
      return;
    }
    this.#askIn(answer.kind === 'yes' ? this.#pauseMs : Math.max(0, settings.intervalSecs * 1000 - took));
  }
}
