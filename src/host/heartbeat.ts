import { MemorydError } from '../errors.ts';
import type { Clock } from '../system/clock.ts';

/** How long a host may go without a sign of life before its supervisor starts another; 0 is off. */
export const watchdogVariable = 'MEMORYD_WATCHDOG_SECS';

const usualSecs = 120;
const beatsWithin = 4;

/** The beat that the environment asks for, in ms; `undefined` when it is off. Throws `configuration` when that is no number. */
export function beatMs(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const said = env[watchdogVariable] || String(usualSecs);
  if (!/^\d{1,6}$/.test(said)) {
    throw new MemorydError('configuration', `${watchdogVariable}=${said} is not a number of seconds`, {
      hint: `unset ${watchdogVariable}`,
    });
  }
  return said === '0' ? undefined : (Number(said) * 1000) / beatsWithin;
}

/** Calls `beat` now and every `ms`, for as long as this process gets around to it. */
export function beatEvery(clock: Clock, ms: number, beat: () => void): void {
  beat();
  clock.after(ms, () => beatEvery(clock, ms, beat));
}

/**
 * Listens for beats, from the first one on. Looks are counted and not milliseconds: after a sleep of the machine one look
 * is due, however long it slept, and the other side's beat with it (X10).
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

  heard(): void {
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
