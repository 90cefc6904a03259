import type { Socket } from 'node:net';

/** The maximum number of connections of each kind. */
export interface Limits {
  /** Without an accepted token yet. There must be room for every client that is about to send one. */
  anonymous: number;
  /** With an accepted token. Above it, idle ones are closed. */
  authenticated: number;
}

/** The limits of a process that may open `descriptors`. A quarter is kept for files and the private socket (pure). */
export function limitsFor(descriptors = 1024): Limits {
  return {
    anonymous: Math.min(256, Math.floor(descriptors / 4)),
    authenticated: Math.min(512, Math.floor(descriptors / 2)),
  };
}

/** The first idle socket of a set. In a set in order of use, that is the one idle longest. */
function firstIdle(sockets: Iterable<Socket>, isIdle: (socket: Socket) => boolean): Socket | undefined {
  for (const socket of sockets) if (isIdle(socket)) return socket;
  return undefined;
}

/**
 * Limits the connections of a TCP port, so that other users cannot use up its descriptors or memory. Connections that
 * have sent an accepted token are counted separately, so connections without one cannot displace them.
 */
export class ConnectionLimit {
  readonly limits: Limits;
  /** Both in order of use, least recently used first. */
  readonly anonymous = new Set<Socket>();
  readonly authenticated = new Set<Socket>();
  readonly #isIdle: (socket: Socket) => boolean;
  readonly #onEvicted: () => void;

  /** `isIdle`: no request is in progress. `onEvicted` is called for each anonymous connection that is closed. */
  constructor(limits: Limits, isIdle: (socket: Socket) => boolean, onEvicted: () => void) {
    this.limits = limits;
    this.#isIdle = isIdle;
    this.#onEvicted = onEvicted;
  }

  /**
   * Counts a connection. Connections of the private socket have no port and are not counted: only this user can open
   * them.
   */
  add(socket: Socket): void {
    if (socket.localPort === undefined) return;
    this.anonymous.add(socket);
    socket.once('close', () => {
      this.anonymous.delete(socket);
      this.authenticated.delete(socket);
    });
    if (this.anonymous.size > this.limits.anonymous) this.evict();
  }

  /**
   * Records a request on a connection, which becomes the most recently used of its kind. `isAccepted`: with an accepted
   * token.
   */
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
   * Closes the anonymous connection that was idle longest, or if none is idle, the least recently used. It is reset:
   * after a plain close the system would wait for the client's close, for thousands of connections.
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
