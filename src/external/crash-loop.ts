import type { RestartSettings } from '../service/external-settings.ts';

/** Counts the exits of a child (pure except for its own state). Times are monotonic milliseconds. */
export class CrashLoop {
  readonly #settings: Pick<RestartSettings, 'exits' | 'windowSecs'>;
  #ends: number[] = [];

  constructor(settings: Pick<RestartSettings, 'exits' | 'windowSecs'>) {
    this.#settings = settings;
  }

  /** Records an exit. Returns true if there were too many within the window. */
  ended(now: number): boolean {
    const { exits, windowSecs } = this.#settings;
    this.#ends = [...this.#ends, now].filter((end) => now - end < windowSecs * 1000);
    return this.#ends.length >= exits;
  }
}
