import { messageOf } from '../errors.ts';
import { type ConnectionReport, isOverloaded } from '../service/connection-report.ts';
import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';
import { countByUser, type Peer, tcpTables } from '../system/tcp-table.ts';

/** How often an overloaded port is checked. */
const checkMs = 5000;
/** The overload is over after this long without closing a connection. */
const recoveredMs = 10_000;
/** The interval of reports in the log. */
const reportMs = 60_000;
/** How long a list of connection owners from the system is reused. Its table may have thousands of rows. */
const maxAgeMs = 2000;

type ConnectionCounts = Omit<ConnectionReport, 'evicted' | 'users'>;

interface OverloadOptions {
  system: Pick<System, 'platform' | 'clock'>;
  log: Log;
  counts(): ConnectionCounts;
  /** Our port, and the remote ends of the anonymous connections. */
  peers(): { port: number; peers: Peer[] };
}

/**
 * Monitors a port whose anonymous connections had to be closed: reports who holds them, and releases memory afterwards.
 */
export class Overload {
  readonly #options: OverloadOptions;
  /** The connections closed since the overload began. */
  #evicted = 0;
  #lastEvictionMs = Number.NEGATIVE_INFINITY;
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #lastRefusedMs = Number.NEGATIVE_INFINITY;
  #watching = false;
  #users: { atMs: number; users: Promise<ConnectionReport['users']> } | undefined;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  get #nowMs(): number {
    return this.#options.system.clock.monotonic();
  }

  /** Records that an anonymous connection was closed to make room. */
  evicted(): void {
    this.#evicted += 1;
    this.#lastEvictionMs = this.#nowMs;
    if (this.#watching) return;
    this.#watching = true;
    void this.#look();
  }

  /** Records that a connection could not be accepted because no descriptor was left. Logs one line a minute. */
  refused(error: Error): void {
    if (this.#nowMs - this.#lastRefusedMs < reportMs) return;
    this.#lastRefusedMs = this.#nowMs;
    this.#options.log('connections.refused', { why: messageOf(error) });
  }

  async report(): Promise<ConnectionReport> {
    const report = { ...this.#options.counts(), evicted: this.#evicted, users: null };
    return isOverloaded(report) ? { ...report, users: await this.#whoHolds() } : report;
  }

  /**
   * The owners of connections, as the system last listed them. The list is kept fresh during an overload, so a report
   * never waits for it.
   */
  #whoHolds(): Promise<ConnectionReport['users']> {
    const isFresh = this.#users !== undefined && this.#nowMs - this.#users.atMs < maxAgeMs;
    if (this.#users === undefined || !(this.#watching || isFresh)) this.#keep(this.#askWhoHolds());
    return this.#users?.users ?? Promise.resolve(null);
  }

  #keep(users: Promise<ConnectionReport['users']>): void {
    this.#users = { atMs: this.#nowMs, users };
  }

  /** Asks the system for the owners of connections. Null if the system cannot tell. */
  #askWhoHolds(): Promise<ConnectionReport['users']> {
    const { system, log, peers } = this.#options;
    if (system.platform !== 'linux') return Promise.resolve(null);
    const { port, peers: ends } = peers();
    return tcpTables().then(
      (tables) => countByUser(tables, port, ends),
      (error: unknown) => {
        log('connections.unknown', { why: messageOf(error) });
        return null;
      },
    );
  }

  async #look(): Promise<void> {
    const { system, log, counts } = this.#options;
    const { anonymous, anonymousLimit } = counts();
    const isQuiet = this.#nowMs - this.#lastEvictionMs >= recoveredMs;
    if (isQuiet && anonymous < anonymousLimit) return this.#recover();
    const users = this.#askWhoHolds();
    await users;
    this.#keep(users);
    if (this.#nowMs - this.#lastReportMs >= reportMs) {
      this.#lastReportMs = this.#nowMs;
      log('connections.overloaded', { ...(await this.report()) });
    }
    system.clock.after(checkMs, () => void this.#look());
  }

  /** V8 keeps the memory of thousands of connections until it has a reason to collect it. */
  async #recover(): Promise<void> {
    const { log, counts } = this.#options;
    log('connections.recovered', { ...counts(), evicted: this.#evicted });
    this.#watching = false;
    this.#evicted = 0;
    this.#users = undefined;
    const { releaseMemory } = await import('../system/memory.ts');
    releaseMemory();
  }
}
