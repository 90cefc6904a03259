import type { Watch } from '../service/foreign-settings.ts';
import type { Clock } from '../system/clock.ts';
import type { Answer } from './probes/answer.ts';

export interface WatchOptions {
  settings: Watch;
  clock: Clock;
  /** Asks once; bounded by the settings' timeout. Never throws. */
  probe(): Promise<Answer>;
  /** Called with every answer that counts, and how many have failed in a row. */
  onAnswer(answer: Answer, failures: number): void;
  /** Called once: it has failed `threshold` times in a row, and the watch is over. */
  onHung(why: string): void;
}

/** So much later than planned means that the machine slept, or had no time for us: then silence proves nothing (X10). */
const lateMs = 5000;

/**
 * Asks a running daemon again and again. Failures begin `interval` apart, the first one so that the last one's deadline
 * is `interval × threshold` after the last good answer.
 */
export class HealthWatch {
  readonly #options: WatchOptions;
  #failures = 0;
  #timer: { cancel(): void } | undefined;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Begins, counting from a good answer just now. */
  start(): void {
    this.#askIn(this.#pauseMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get #pauseMs(): number {
    const { intervalSecs, timeoutSecs } = this.#options.settings;
    // Also when the interval is all timeout, a healthy daemon is not asked without a pause.
    return Math.max(intervalSecs - timeoutSecs, intervalSecs / 10) * 1000;
  }

  #askIn(ms: number): void {
    if (this.#stopped) return;
    const since = this.#stopwatch();
    this.#timer = this.#options.clock.after(ms, () => void this.#ask(since() - ms));
  }

  /** Tells the milliseconds since it was made, by whichever clock went further: suspend stops one of them, on some systems. */
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
