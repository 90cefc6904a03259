import type { Restart } from '../service/foreign-settings.ts';

/** Counts the ends of a child (pure but for its memory). Times are monotonic ms. */
export class CrashLoop {
  readonly #settings: Pick<Restart, 'exits' | 'windowSecs'>;
  #ends: number[] = [];

  constructor(settings: Pick<Restart, 'exits' | 'windowSecs'>) {
    this.#settings = settings;
  }

  /** Books an end; true when there have been too many within the window. */
  ended(now: number): boolean {
    const { exits, windowSecs } = this.#settings;
    this.#ends = [...this.#ends, now].filter((end) => now - end < windowSecs * 1000);
    return this.#ends.length >= exits;
  }
}
