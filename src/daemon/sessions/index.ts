import { randomBytes, randomUUID } from 'node:crypto';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { createClosedSessions } from './closed.ts';
import { createRateWindow, type RateLimit } from './rate.ts';
import {
  type CloseReason,
  type Session,
  type SessionLimits,
  type SessionTimers,
  startTimers,
} from './session.ts';

export type { CloseReason, Session } from './session.ts';

export interface SessionsOptions<T> extends SessionLimits {
  /** The largest number of open sessions. 0 means no limit. */
  maxSessions: number;
  /** The limit for opening sessions. */
  rate: RateLimit;
  clock: Clock;
  log: Log;
  /** Releases what belongs to a session. Called exactly once per session, when it can no longer be found. */
  dispose(attachment: T, reason: CloseReason): void;
}

export type Opened<T> = { kind: 'opened'; session: Session<T> } | { kind: 'refused'; retryAfterMs: number };

/** `restarted`: an earlier process issued the id. */
export type SessionLookup<T> =
  | { kind: 'open'; session: Session<T> }
  | { kind: 'closed'; reason: CloseReason }
  | { kind: 'restarted' }
  | { kind: 'unknown' };

export interface SessionCounts {
  open: number;
  opened: number;
  refused: number;
  closed: Record<CloseReason, number>;
}

/** Open sessions. Every session is logged when it opens and when it closes, with the reason. */
export interface Sessions<T> {
  /**
   * Opens a session, and closes the oldest when there are too many. Over the rate limit it opens and closes nothing.
   */
  open(client: string, attach: (id: string) => T): Opened<T>;
  /** Gives the state of a session. A lookup counts as activity. */
  find(id: string): SessionLookup<T>;
  /** Closes a session. Gives false when it is not open. */
  close(id: string, reason: CloseReason): boolean;
  closeAll(reason: CloseReason): void;
  counts(): SessionCounts;
}

interface SessionEntry<T> {
  session: Session<T>;
  timers: SessionTimers;
  openedAt: number;
}

const idPattern = /^([0-9a-f]{8})-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Makes an empty set of sessions. */
export function createSessions<T>(options: SessionsOptions<T>): Sessions<T> {
  const { clock, log, maxSessions } = options;
  // Ids start with a random number of this process, so that ids of an earlier process can be told from invented ones.
  const epoch = randomBytes(4).toString('hex');
  const entries = new Map<string, SessionEntry<T>>();
  const closedSessions = createClosedSessions();
  const rate = createRateWindow(options.rate, clock);
  const closed = { idle_timeout: 0, max_lifetime: 0, evicted: 0, client_closed: 0, shutdown: 0 };
  let opened = 0;
  let refused = 0;

  function close(id: string, reason: CloseReason): boolean {
    const entry = entries.get(id);
    if (entry === undefined) return false;
    entries.delete(id);
    entry.timers.cancel();
    closedSessions.add(id, reason);
    closed[reason] += 1;
    const durationMs = Math.round(clock.monotonic() - entry.openedAt);
    log('session.closed', { id, client: entry.session.client, durationMs, reason });
    options.dispose(entry.session.attachment, reason);
    return true;
  }

  function evictDownTo(count: number): void {
    // A Map keeps the order of insertion, so the first session is the oldest.
    for (const id of entries.keys()) {
      if (entries.size <= count) return;
      close(id, 'evicted');
    }
  }

  return {
    open(client, attach) {
      const taken = rate.take();
      if (taken.kind === 'refused') {
        refused += 1;
        return taken;
      }
      const id = `${epoch}-${randomUUID()}`;
      // Attach first: when that fails, no other session is closed for it.
      const attachment = attach(id);
      if (maxSessions > 0) evictDownTo(maxSessions - 1);
      const timers = startTimers(options, clock, (reason) => close(id, reason));
      const session = { id, client, attachment, hold: timers.hold };
      entries.set(id, { session, timers, openedAt: clock.monotonic() });
      opened += 1;
      log('session.created', { id, client });
      return { kind: 'opened', session };
    },

    find(id) {
      const entry = entries.get(id);
      if (entry !== undefined) {
        entry.timers.touch();
        return { kind: 'open', session: entry.session };
      }
      const reason = closedSessions.reasonOf(id);
      if (reason !== undefined) return { kind: 'closed', reason };
      const [, otherEpoch] = idPattern.exec(id) ?? [];
      return { kind: otherEpoch === undefined || otherEpoch === epoch ? 'unknown' : 'restarted' };
    },

    close,

    closeAll(reason) {
      for (const id of [...entries.keys()]) close(id, reason);
    },

    counts: () => ({ open: entries.size, opened, refused, closed: { ...closed } }),
  };
}
