import { MemorydError } from '../errors.ts';
import type { Clock } from '../system/clock.ts';

/** After how many seconds without a heartbeat the supervisor restarts a host; 0 disables this. */
export const watchdogVariable = 'MEMORYD_WATCHDOG_SECS';

const usualSecs = 120;
const beatsWithin = 4;

/**
 * The heartbeat interval from the environment, in ms; `undefined` if disabled. Throws `configuration` if it is not a
 * number.
 */
export function beatMs(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const said = env[watchdogVariable] || String(usualSecs);
  if (!/^\d{1,6}$/.test(said)) {
    throw new MemorydError('configuration', `${watchdogVariable}=${said} is not a number of seconds`, {
      hint: `unset ${watchdogVariable}`,
    });
  }
  return said === '0' ? undefined : (Number(said) * 1000) / beatsWithin;
}

/** Calls `beat` now and every `ms`, as long as the event loop runs. */
export function beatEvery(clock: Clock, ms: number, beat: () => void): void {
  beat();
  clock.after(ms, () => beatEvery(clock, ms, beat));
}

/**
 * Checks for heartbeats, from the first one on. It counts checks instead of milliseconds: after a suspend of any length
 * only one check is due, and so is the other side's heartbeat (X10).
 */
export class HeartbeatMonitor {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #onSilence: () => void;
  #missed = 0;
  #timer: { cancel(): void } | undefined;

  constructor(clock: Clock, ms: number, onSilence: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onSilence = onSilence;
  }

  beat(): void {
    this.#missed = 0;
    if (this.#timer === undefined) this.#look();
  }

  end(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = this.#clock.after(this.#ms, () => {
      this.#missed += 1;
      if (this.#missed <= beatsWithin) return this.#look();
      this.#onSilence();
    });
  }
}
