/**
 * The stop and the failure of a run, from any source: signals, the control channel, the pipe from the supervisor, an
 * error. Only the first of each counts.
 */
export class ShutdownSignal {
  readonly #stop = Promise.withResolvers<string>();
  readonly #failure = Promise.withResolvers<{ error: unknown }>();
  /** Resolves with the reason once a stop is requested. */
  readonly stopped: Promise<string> = this.#stop.promise;
  /** Resolves with the error that ends the run. */
  readonly failed: Promise<{ error: unknown }> = this.#failure.promise;

  stop(reason: string): void {
    this.#stop.resolve(reason);
  }

  fail(error: unknown): void {
    this.#failure.resolve({ error });
  }
}
