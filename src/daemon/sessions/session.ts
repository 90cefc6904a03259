import type { Clock } from '../../system/clock.ts';

/** The reason a session ended. */
export type CloseReason = 'idle_timeout' | 'max_lifetime' | 'evicted' | 'client_closed' | 'shutdown';

/** In milliseconds. 0 turns a limit off. */
export interface SessionLimits {
  idleTimeoutMs: number;
  maxLifetimeMs: number;
}

/** One open session. `attachment` is the value its owner stores with it. */
export interface Session<T> {
  readonly id: string;
  readonly client: string;
  readonly attachment: T;
  /** Marks the start of work that may take long. The session is not idle until the returned function is called. */
  hold(): () => void;
}

/** The two timers of a session, which are independent. `cancel` stops both. */
export interface SessionTimers {
  touch(): void;
  hold(): () => void;
  cancel(): void;
}

/**
 * Starts the timers of a session. `expire` is called at most once.
 * A request only stores the time. When the idle timer fires, it compares that time and waits for the rest.
 */
export function startTimers(
  { idleTimeoutMs, maxLifetimeMs }: SessionLimits,
  clock: Clock,
  expire: (reason: CloseReason) => void,
): SessionTimers {
  let touched = clock.monotonic();
  let held = 0;
  let idle: { cancel(): void } | undefined;

  function waitForIdle(ms: number): void {
    idle = clock.after(ms, () => {
      const left = held > 0 ? idleTimeoutMs : touched + idleTimeoutMs - clock.monotonic();
      // Timers may fire up to a millisecond early.
      if (left < 1) expire('idle_timeout');
      else waitForIdle(left);
    });
  }

  if (idleTimeoutMs > 0) waitForIdle(idleTimeoutMs);
  const lifetime = maxLifetimeMs > 0 ? clock.after(maxLifetimeMs, () => expire('max_lifetime')) : undefined;
  const touch = () => {
    touched = clock.monotonic();
  };
  return {
    touch,
    hold() {
      held += 1;
      return () => {
        held -= 1;
        touch();
      };
    },
    cancel() {
      idle?.cancel();
      lifetime?.cancel();
    },
  };
}
