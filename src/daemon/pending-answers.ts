import type { ServerResponse } from 'node:http';
import type { Clock } from '../system/clock.ts';

/** The requests that are being answered. */
export class PendingAnswers {
  readonly #answers = new Map<ServerResponse, Promise<void>>();

  /** @param answered resolves when the request is answered, and never rejects. */
  add(response: ServerResponse, answered: Promise<void>): void {
    this.#answers.set(response, answered);
    void answered.finally(() => this.#answers.delete(response));
  }

  /** Resolves when the requests of now are answered or their streams have begun, or after the time limit. */
  async drain(clock: Clock, limitMs: number): Promise<void> {
    // An answer whose headers are sent is complete, or is a stream, which ends with its session.
    const waiting = [...this.#answers]
      .filter(([response]) => !response.headersSent)
      .map(([, answered]) => answered);
    const limit = Promise.withResolvers<void>();
    const timer = clock.after(limitMs, limit.resolve);
    await Promise.race([Promise.allSettled(waiting), limit.promise]);
    timer.cancel();
  }
}
