import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionReport } from '../service/connection-report.ts';
import type { Log } from '../service/log.ts';
import type { Clock } from '../system/clock.ts';
import { descriptorLimit } from '../system/descriptors.ts';
import type { System } from '../system/system.ts';
import type { Peer } from '../system/tcp-table.ts';
import { ConnectionLimit, limitsFor } from './connection-limit.ts';
import { Overload } from './overload.ts';

/** The requests of a connection. Only a connection that was used and is idle may be closed without losing a request. */
interface Use {
  requests: number;
  active: Set<ServerResponse>;
}

/** How long a connection may take to deliver a request that is on its way during a stop, in ms. */
const graceMs = { unused: 500, idle: 150 };
const pollMs = 10;

/**
 * Whether this is an event stream that a client holds open to listen. It ends with the daemon; a stop does not wait for
 * it.
 */
function isStanding({ req, headersSent }: ServerResponse): boolean {
  return headersSent && req.method === 'GET' && req.headers.accept?.includes('text/event-stream') === true;
}

export interface ConnectionsOptions {
  system: Pick<System, 'platform' | 'clock'>;
  log: Log;
  /** Whether an Authorization header holds a token that is accepted. */
  accepts(authorization: string | undefined): boolean;
}

/**
 * Tracks the connections of a server. A stop resets none of them: requests in progress are answered with `Connection:
 * close`, and clients that have just connected or received an answer have a moment to send a request. Connections
 * without a token are limited; above the limit the one idle longest is closed, so that nobody can use up all
 * connections.
 */
export class Connections {
  readonly #server: Server;
  readonly #uses = new Map<Socket, Use>();
  readonly #limit: ConnectionLimit;
  readonly #overload: Overload;
  readonly #accepts: ConnectionsOptions['accepts'];
  readonly #clock: Clock;
  #draining = false;

  constructor(server: Server, { system, log, accepts }: ConnectionsOptions) {
    this.#server = server;
    this.#accepts = accepts;
    this.#clock = system.clock;
    this.#limit = new ConnectionLimit(
      limitsFor(descriptorLimit(system.platform)),
      (socket) => this.#uses.get(socket)?.active.size === 0,
      () => this.#overload.evicted(),
    );
    this.#overload = new Overload({
      system,
      log,
      counts: () => this.#counts(),
      peers: () => ({ port: this.#port, peers: this.#anonymousPeers() }),
    });
    server.on('connection', (socket: Socket) => {
      this.#uses.set(socket, { requests: 0, active: new Set() });
      socket.once('close', () => this.#uses.delete(socket));
      this.#limit.add(socket);
    });
    server.on('error', (error) => this.#notAccepted(error));
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      const use = this.#uses.get(request.socket);
      if (use === undefined) return;
      use.requests += 1;
      use.active.add(response);
      this.#used(request);
      if (this.#draining) response.shouldKeepAlive = false;
      response.once('close', () => use.active.delete(response));
    });
  }

  /** The number of requests in progress, without open event streams. */
  get pending(): number {
    return this.#responses().filter((response) => !isStanding(response)).length;
  }

  /** Whether a complete request on this connection has no answer yet. */
  owesAnswer(socket: Duplex): boolean {
    const active = this.#uses.get(socket as Socket)?.active ?? [];
    return [...active].some(({ req }) => req.complete);
  }

  #used({ socket, headers }: IncomingMessage): void {
    const isKnown = this.#limit.authenticated.has(socket);
    this.#limit.used(socket, isKnown || this.#accepts(headers.authorization));
  }

  /** Reports how many connections there are, and of which users. */
  report(): Promise<ConnectionReport> {
    return this.#overload.report();
  }

  #counts(): Omit<ConnectionReport, 'evicted' | 'users'> {
    const { anonymous, authenticated, limits } = this.#limit;
    return {
      anonymous: anonymous.size,
      anonymousLimit: limits.anonymous,
      authenticated: authenticated.size,
    };
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  #anonymousPeers(): Peer[] {
    return [...this.#limit.anonymous].map(({ remoteAddress: address = '', remotePort: port = 0 }) => ({
      address,
      port,
    }));
  }

  /**
   * libuv reports this if no descriptor is left, and retries at once. Without a free descriptor it would retry forever.
   */
  #notAccepted(error: Error): void {
    // The caller of listen() handles its errors.
    if (!this.#server.listening) return;
    this.#overload.refused(error);
    this.#limit.evict();
  }

  #responses(): ServerResponse[] {
    return [...this.#uses.values()].flatMap(({ active }) => [...active]);
  }

  /** Stops listening. Resolves when every received request is answered, or after `limitMs`. */
  async drain(limitMs: number): Promise<void> {
    const start = this.#clock.monotonic();
    this.#draining = true;
    this.#stopListening();
    for (const response of this.#responses()) if (!response.headersSent) response.shouldKeepAlive = false;
    for (;;) {
      const elapsed = this.#clock.monotonic() - start;
      for (const [socket, { requests, active }] of this.#uses) {
        const grace = requests === 0 ? graceMs.unused : graceMs.idle;
        if (active.size === 0 && elapsed >= grace) socket.end();
      }
      const open = [...this.#uses].filter(([socket]) => !socket.writableEnded);
      const busy = open.some(([, { active }]) => [...active].some((response) => !isStanding(response)));
      const fresh = open.some(([, { active }]) => active.size === 0);
      if (elapsed >= limitMs || !(busy || fresh)) return;
      await this.#clock.sleep(pollMs);
    }
  }

  /**
   * Does not use http.Server's own close(), which also destroys idle connections, with any request on its way in them.
   */
  #stopListening(): void {
    if (this.#server.listening) NetServer.prototype.close.call(this.#server);
  }

  /** Destroys the remaining connections. */
  closeAll(): void {
    for (const socket of this.#uses.keys()) socket.destroy();
  }
}
