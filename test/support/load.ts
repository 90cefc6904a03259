import { setTimeout as delay } from 'node:timers/promises';
import { get } from './host-home.ts';
import { until } from './until.ts';

/** What became of requests. `reset`: the connection was made and then lost. */
export interface Tally {
  answered: number;
  refused: number;
  reset: number;
}

/** Clients that each send one request after another, every one over a connection of its own. */
export class Load implements AsyncDisposable {
  readonly #port: number;
  readonly #clients: Promise<void>[];
  #tally: Tally = { answered: 0, refused: 0, reset: 0 };
  #over = false;

  constructor(port: number, clients: number) {
    this.#port = port;
    this.#clients = Array.from({ length: clients }, () => this.#client());
  }

  async #client(): Promise<void> {
    while (!this.#over) {
      try {
        await get(this.#port, '/load');
        this.#tally.answered += 1;
      } catch (error) {
        const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
        this.#tally[refused ? 'refused' : 'reset'] += 1;
      }
      await delay(2);
    }
  }

  /** Resolves when so many more requests were answered. */
  async more(count: number): Promise<void> {
    const goal = this.#tally.answered + count;
    await until(`${count} more answers`, () => this.#tally.answered >= goal);
  }

  /** What happened since the last time. */
  take(): Tally {
    const tally = this.#tally;
    this.#tally = { answered: 0, refused: 0, reset: 0 };
    return tally;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }
}
