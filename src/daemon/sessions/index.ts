import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { createSessionIds, type SessionIds } from './ids.ts';
import { createRateWindow, type RateLimit, type RateWindow } from './rate.ts';
import { createRecentMap } from './recent.ts';
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
  /** Signs the ids. A secret that survives a restart. */
  idKey: string;
  /** The limit for opening sessions. */
  rate: RateLimit;
  clock: Clock;
  log: Log;
  /** Releases what belongs to a session. Called exactly once per session, when it can no longer be found. */
  dispose: (attachment: T, reason: CloseReason) => void;
}

export type Opened<T> = { kind: 'opened'; session: Session<T> } | { kind: 'refused'; retryAfterMs: number };

/** `forgotten`: an earlier process opened it, or it was closed long ago. */
export type SessionLookup<T> =
  | { kind: 'open'; session: Session<T> }
  | { kind: 'closed'; reason: CloseReason }
  | { kind: 'forgotten' }
  | { kind: 'unknown' };

export interface SessionCounts {
  open: number;
  opened: number;
  refused: number;
  closed: Record<CloseReason, number>;
}

interface SessionEntry<T> {
  session: Session<T>;
  timers: SessionTimers;
  openedAt: number;
}

/** How many ids of ended sessions are kept, with what became of them. */
const remembered = 1_000;

/** Open sessions. Every session is logged when it opens and when it closes, with the reason. */
export class Sessions<T> {
  readonly #options: SessionsOptions<T>;
  readonly #ids: SessionIds;
  readonly #entries = new Map<string, SessionEntry<T>>();
  readonly #closed = createRecentMap<CloseReason>(remembered);
  readonly #continued = createRecentMap<true>(remembered);
  readonly #rate: RateWindow;
  readonly #closedBy = { idle_timeout: 0, max_lifetime: 0, evicted: 0, client_closed: 0, shutdown: 0 };
  #opened = 0;
  #refused = 0;

  constructor(options: SessionsOptions<T>) {
    this.#options = options;
    this.#ids = createSessionIds(options.idKey);
    this.#rate = createRateWindow(options.rate, options.clock);
  }

  /**
   * Opens a session, and closes the oldest when there are too many. Over the rate limit it opens and closes nothing.
   */
  open(client: string, attach: (id: string) => T): Opened<T> {
    const { clock, log, maxSessions } = this.#options;
    const taken = this.#rate.take();
    if (taken.kind === 'refused') {
      this.#refused += 1;
      return taken;
    }
    const id = this.#ids.create();
    // Attach first: when that fails, no other session is closed for it.
    const attachment = attach(id);
    if (maxSessions > 0) this.#evictDownTo(maxSessions - 1);
    const timers = startTimers(this.#options, clock, (reason) => this.close(id, reason));
    const session = { id, client, attachment, hold: timers.hold };
    this.#entries.set(id, { session, timers, openedAt: clock.monotonic() });
    this.#opened += 1;
    log('session.created', { id, client });
    return { kind: 'opened', session };
  }

  /** Gives the state of a session. A lookup counts as activity. */
  find(id: string): SessionLookup<T> {
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      entry.timers.touch();
      return { kind: 'open', session: entry.session };
    }
    const reason = this.#closed.get(id);
    if (reason !== undefined) return { kind: 'closed', reason };
    return { kind: this.#ids.isOurs(id) ? 'forgotten' : 'unknown' };
  }

  /** Records that a session that has ended is continued without one. It is logged once. */
  continue(id: string, reason: string): void {
    if (this.#continued.get(id)) return;
    this.#continued.set(id, true);
    this.#options.log('session.continued', { id, reason });
  }

  /** Records that the client of a session that has ended closed it. */
  end(id: string): void {
    this.#closed.set(id, 'client_closed');
  }

  /** Closes a session. Gives false when it is not open. */
  close(id: string, reason: CloseReason): boolean {
    const { clock, log, dispose } = this.#options;
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#entries.delete(id);
    entry.timers.cancel();
    this.#closed.set(id, reason);
    this.#closedBy[reason] += 1;
    const durationMs = Math.round(clock.monotonic() - entry.openedAt);
    log('session.closed', { id, client: entry.session.client, durationMs, reason });
    dispose(entry.session.attachment, reason);
    return true;
  }

  closeAll(reason: CloseReason): void {
    for (const id of [...this.#entries.keys()]) this.close(id, reason);
  }

  counts(): SessionCounts {
    return {
      open: this.#entries.size,
      opened: this.#opened,
      refused: this.#refused,
      closed: { ...this.#closedBy },
    };
  }

  #evictDownTo(count: number): void {
    // A Map keeps the order of insertion, so the first session is the oldest.
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= count) return;
      this.close(id, 'evicted');
    }
  }
}
