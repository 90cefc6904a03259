import type { SyncLock } from '../service/sync-protocol.ts';
import { systemClock } from '../system/clock.ts';
import type { Remote } from './remote.ts';
import type { Trouble } from './trouble.ts';

/** Heartbeats per TTL: two may be lost before the lock expires. */
const share = 3;
const shortestMs = 100;
const longestMs = 5 * 60_000;

/** The interval of heartbeats for a new lock: its `expiresAt - acquiredAt` is the TTL of the server. */
export function beatInterval(lock: SyncLock): number {
  const ttlMs = Date.parse(lock.expiresAt) - Date.parse(lock.acquiredAt);
  return Number.isFinite(ttlMs) ? Math.min(longestMs, Math.max(shortestMs, ttlMs / share)) : longestMs;
}

export interface Heartbeat {
  /** Resolves when no heartbeat is running and none will follow. */
  stop(): Promise<void>;
  /** Resolves with the trouble if the lock is lost, and with undefined if it was stopped. */
  ended: Promise<Trouble | undefined>;
}

/**
 * Renews a lock until it is stopped or lost. It keeps the process alive. A server that cannot be reached is asked
 * again. A lock that expired, for example while the machine slept, is taken again if `mayTakeAgain` allows it and no
 * other client holds it: the comparison before every upload finds changes from the meantime.
 */
export function startHeartbeat(
  remote: Remote,
  everyMs: number,
  mayTakeAgain: () => Promise<boolean>,
): Heartbeat {
  const stop = new AbortController();

  async function beat(): Promise<Trouble | undefined> {
    const reply = await remote.heartbeat();
    if (reply.kind !== 'refused' || reply.status !== 403) return undefined;
    if (!(await mayTakeAgain())) return reply;
    const again = await remote.acquire();
    return again.kind === 'ok' || again.kind === 'unreachable' ? undefined : again;
  }

  async function run(): Promise<Trouble | undefined> {
    while (!stop.signal.aborted) {
      await systemClock.sleep(everyMs, stop.signal);
      const lost = stop.signal.aborted ? undefined : await beat();
      if (lost !== undefined) return lost;
    }
    return undefined;
  }

  const ended = run();
  return {
    ended,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
