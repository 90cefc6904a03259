import { setTimeout as delay } from 'node:timers/promises';
import type { Lock } from '../service/sync-protocol.ts';
import type { Remote } from './remote.ts';
import type { Trouble } from './trouble.ts';

/** Of a TTL: two beats may be lost before the lock is. */
const share = 3;
const shortestMs = 100;
const longestMs = 5 * 60_000;

/** How often to beat for a lock that was just taken: `expiresAt - acquiredAt` is the server's TTL then. */
export function beatInterval(lock: Lock): number {
  const ttlMs = Date.parse(lock.expiresAt) - Date.parse(lock.acquiredAt);
  return Number.isFinite(ttlMs) ? Math.min(longestMs, Math.max(shortestMs, ttlMs / share)) : longestMs;
}

export interface Heartbeat {
  /** Resolves when no beat is under way and none will come. */
  stop(): Promise<void>;
  /** Resolves with the trouble when the lock is lost for good, with undefined when it was stopped. */
  ended: Promise<Trouble | undefined>;
}

/**
 * Extends a lock until it is stopped or lost. It keeps the process alive. A server that cannot be reached is asked again;
 * a lock that ran out, say while this machine slept, is taken again when `mayTakeAgain` says so and nobody else has it:
 * what changed meanwhile is found by the comparison that comes before every upload.
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

  async function pause(): Promise<void> {
    try {
      await delay(everyMs, undefined, { signal: stop.signal });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  async function run(): Promise<Trouble | undefined> {
    while (!stop.signal.aborted) {
      await pause();
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
