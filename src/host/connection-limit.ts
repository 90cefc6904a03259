import type { Socket } from 'node:net';

/** Most connections of each kind. */
export interface Limits {
  /** That have not sent an accepted token: room for every client that is about to send one. */
  anonymous: number;
  /** That have sent one, before idle ones are closed. */
  authenticated: number;
}

/** The limits of a process that may have `descriptors` open: a quarter stays for files and the private socket (pure). */
export function limitsFor(descriptors = 1024): Limits {
  return {
    anonymous: Math.min(256, Math.floor(descriptors / 4)),
    authenticated: Math.min(512, Math.floor(descriptors / 2)),
  };
}

/** The first in a set that is idle; in a set kept in order of use, the one that was idle longest. */
function firstIdle(sockets: Iterable<Socket>, isIdle: (socket: Socket) => boolean): Socket | undefined {
  for (const socket of sockets) if (isIdle(socket)) return socket;
  return undefined;
}

/**
 * Bounds the connections of a TCP port, so that strangers can use up neither descriptors nor memory. Connections that
 * have sent an accepted token are counted apart: no stranger can push them out.
 */
export class ConnectionLimit {
  readonly limits: Limits;
  /** Both in order of use, the longest unused first. */
  readonly anonymous = new Set<Socket>();
  readonly authenticated = new Set<Socket>();
  readonly #isIdle: (socket: Socket) => boolean;
  readonly #onEvicted: () => void;

  /** `isIdle`: no request is under way. `onEvicted` is called for each anonymous connection that has to go. */
  constructor(limits: Limits, isIdle: (socket: Socket) => boolean, onEvicted: () => void) {
    this.limits = limits;
    this.#isIdle = isIdle;
    this.#onEvicted = onEvicted;
  }

  /** Counts a connection. Those of the private socket have no port, and are not counted: nobody else can open them. */
  add(socket: Socket): void {
    if (socket.localPort === undefined) return;
    this.anonymous.add(socket);
    socket.once('close', () => {
      this.anonymous.delete(socket);
      this.authenticated.delete(socket);
    });
    if (this.anonymous.size > this.limits.anonymous) this.evict();
  }

  /** A request came on it: it is the last to go of its kind. `isAccepted`: with a token that is accepted. */
  used(socket: Socket, isAccepted: boolean): void {
    if (this.authenticated.delete(socket)) {
      this.authenticated.add(socket);
    } else if (this.anonymous.delete(socket)) {
      (isAccepted ? this.authenticated : this.anonymous).add(socket);
      if (this.authenticated.size > this.limits.authenticated) {
        firstIdle(this.authenticated, this.#isIdle)?.destroy();
      }
    }
  }

  /**
   * Closes the anonymous connection that was idle longest; where none is idle, the one that was used longest ago.
   * With a reset: a plain close would leave the system waiting for the client's own close, for each of thousands.
   */
  evict(): void {
    const [oldest] = this.anonymous;
    const leaving = firstIdle(this.anonymous, this.#isIdle) ?? oldest;
    if (leaving === undefined) return;
    this.anonymous.delete(leaving);
    this.#onEvicted();
    leaving.resetAndDestroy();
  }
}
