import { messageOf } from '../errors.ts';
import { type ConnectionReport, isOverloaded } from '../service/connection-report.ts';
import type { Log } from '../service/log.ts';
import type { System } from '../system/system.ts';
import { countByUser, type Peer, tcpTables } from '../system/tcp-table.ts';

/** How often a port that is overloaded is looked at. */
const lookMs = 5000;
/** The overload is over when no connection had to be closed for so long. */
const quietMs = 10_000;
/** How often the log reports it. */
const sayMs = 60_000;
/** How long what the system said of its connections is used again: its table may have many thousand rows. */
const freshMs = 2000;

type ConnectionCounts = Omit<ConnectionReport, 'evicted' | 'users'>;

interface OverloadOptions {
  system: Pick<System, 'platform' | 'clock'>;
  log: Log;
  counts(): ConnectionCounts;
  /** The far ends of the anonymous connections, and our port. */
  peers(): { port: number; peers: Peer[] };
}

/** Watches a port whose anonymous connections had to be closed: says who holds it, and gives memory back afterwards. */
export class Overload {
  readonly #options: OverloadOptions;
  /** Since the overload began. */
  #evicted = 0;
  #lastEvictionMs = Number.NEGATIVE_INFINITY;
  #lastSaidMs = Number.NEGATIVE_INFINITY;
  #lastRefusedMs = Number.NEGATIVE_INFINITY;
  #watching = false;
  #users: { atMs: number; users: Promise<ConnectionReport['users']> } | undefined;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  get #nowMs(): number {
    return this.#options.system.clock.monotonic();
  }

  /** An anonymous connection was closed to make room. */
  evicted(): void {
    this.#evicted += 1;
    this.#lastEvictionMs = this.#nowMs;
    if (this.#watching) return;
    this.#watching = true;
    void this.#look();
  }

  /** The system would not let a connection be accepted, for want of descriptors for one: one line a minute says so. */
  refused(error: Error): void {
    if (this.#nowMs - this.#lastRefusedMs < sayMs) return;
    this.#lastRefusedMs = this.#nowMs;
    this.#options.log('connections.refused', { why: messageOf(error) });
  }

  async report(): Promise<ConnectionReport> {
    const report = { ...this.#options.counts(), evicted: this.#evicted, users: null };
    return isOverloaded(report) ? { ...report, users: await this.#whoHolds() } : report;
  }

  /** What the system said last. While an overload is watched that is never old, and nobody has to wait for it. */
  #whoHolds(): Promise<ConnectionReport['users']> {
    const isFresh = this.#users !== undefined && this.#nowMs - this.#users.atMs < freshMs;
    if (this.#users === undefined || !(this.#watching || isFresh)) this.#keep(this.#askWhoHolds());
    return this.#users?.users ?? Promise.resolve(null);
  }

  #keep(users: Promise<ConnectionReport['users']>): void {
    this.#users = { atMs: this.#nowMs, users };
  }

  /** Null where the system cannot tell. */
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
    const isQuiet = this.#nowMs - this.#lastEvictionMs >= quietMs;
    if (isQuiet && anonymous < anonymousLimit) return this.#recover();
    const users = this.#askWhoHolds();
    await users;
    this.#keep(users);
    if (this.#nowMs - this.#lastSaidMs >= sayMs) {
      this.#lastSaidMs = this.#nowMs;
      log('connections.overloaded', { ...(await this.report()) });
    }
    system.clock.after(lookMs, () => void this.#look());
  }

  /** V8 keeps what thousands of connections took until it has a reason to collect it. */
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
