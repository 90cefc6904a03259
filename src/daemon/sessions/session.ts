import type { Clock } from '../../system/clock.ts';

/** Why a session ended. */
export type CloseReason = 'idle_timeout' | 'max_lifetime' | 'evicted' | 'client_closed' | 'shutdown';

/** Milliseconds; 0 is off. */
export interface SessionLimits {
  idleTimeoutMs: number;
  maxLifetimeMs: number;
}

/** One open session. `attachment` is whatever its user keeps with it. */
export interface Session<T> {
  readonly id: string;
  readonly client: string;
  readonly attachment: T;
  /** Begins work that may take long: until what it gives is called, the session is not idle. */
  hold(): () => void;
}

/** The two timers of a session. They know nothing of each other; `cancel` ends both. */
export interface SessionTimers {
  touch(): void;
  hold(): () => void;
  cancel(): void;
}

/**
 * Starts a session's timers; `expire` is called once at most.
 * A request only notes the time: the idle timer looks at it when it fires and waits for what is left.
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
