/** The two ways a run ends, from wherever they come: signals, the control channel, the supervisor's line, an error. The first of each counts. */
export class ShutdownSignal {
  readonly #stop = Promise.withResolvers<string>();
  readonly #failure = Promise.withResolvers<{ error: unknown }>();
  /** Resolves with the reason once somebody wants it to stop. */
  readonly stopped: Promise<string> = this.#stop.promise;
  /** Resolves with what went wrong beyond repair. */
  readonly failed: Promise<{ error: unknown }> = this.#failure.promise;

  stop(reason: string): void {
    this.#stop.resolve(reason);
  }

  fail(error: unknown): void {
    this.#failure.resolve({ error });
  }
}
