import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../system/clock.ts';

/** What a connection has seen: only one that was used and is idle may be closed without losing a request. */
interface Use {
  requests: number;
  active: Set<ServerResponse>;
}

/** How long a connection may take to bring a request that is on its way while we stop, in ms. */
const graceMs = { unused: 500, idle: 150 };
const pollMs = 10;

/** An event stream that a client holds open to listen: it ends with the daemon, nobody waits for it. */
function isStanding({ req, headersSent }: ServerResponse): boolean {
  return headersSent && req.method === 'GET' && req.headers.accept?.includes('text/event-stream') === true;
}

/**
 * Keeps the book of a server's connections, so that a stop resets nobody: who has a request under way gets the answer
 * with `Connection: close`, who has just connected or just been answered gets a moment to send one.
 */
export class Connections {
  readonly #server: Server;
  readonly #uses = new Map<Socket, Use>();
  #draining = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#uses.set(socket, { requests: 0, active: new Set() });
      socket.once('close', () => this.#uses.delete(socket));
    });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      const use = this.#uses.get(request.socket);
      if (use === undefined) return;
      use.requests += 1;
      use.active.add(response);
      if (this.#draining) response.shouldKeepAlive = false;
      response.once('close', () => use.active.delete(response));
    });
  }

  /** Requests under way, standing streams not counted. */
  get pending(): number {
    return this.#responses().filter((response) => !isStanding(response)).length;
  }

  /** Whether a request that came whole on this connection is not answered yet. */
  owesAnswer(socket: Duplex): boolean {
    const active = this.#uses.get(socket as Socket)?.active ?? [];
    return [...active].some(({ req }) => req.complete);
  }

  #responses(): ServerResponse[] {
    return [...this.#uses.values()].flatMap(({ active }) => [...active]);
  }

  /** Stops listening and resolves when every request that had reached us is answered, or `limitMs` is over. */
  async drain(limitMs: number): Promise<void> {
    const start = systemClock.monotonic();
    this.#draining = true;
    this.#stopListening();
    for (const response of this.#responses()) if (!response.headersSent) response.shouldKeepAlive = false;
    for (;;) {
      const elapsed = systemClock.monotonic() - start;
      for (const [socket, { requests, active }] of this.#uses) {
        const grace = requests === 0 ? graceMs.unused : graceMs.idle;
        if (active.size === 0 && elapsed >= grace) socket.end();
      }
      const open = [...this.#uses].filter(([socket]) => !socket.writableEnded);
      const busy = open.some(([, { active }]) => [...active].some((response) => !isStanding(response)));
      const fresh = open.some(([, { active }]) => active.size === 0);
      if (elapsed >= limitMs || !(busy || fresh)) return;
      await delay(pollMs);
    }
  }

  /** http.Server's own close() also destroys idle connections, with whatever request is on its way in them. */
  #stopListening(): void {
    if (this.#server.listening) NetServer.prototype.close.call(this.#server);
  }

  /** Whoever is still there is cut off. */
  closeAll(): void {
    for (const socket of this.#uses.keys()) socket.destroy();
  }
}
