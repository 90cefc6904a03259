import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Daemon } from '../daemon/daemon.ts';
import { hostAllowed, repeatedHeader } from '../daemon/http/guards.ts';
import { errorBody, sendError, sendJson } from '../daemon/http/reply.ts';
import { addressOf } from '../runtime/listen.ts';
import type { HealthBody, HostPhase } from '../runtime/report.ts';
import { Connections, type ConnectionsOptions } from './connections.ts';

// An import would evaluate everything the module exports, including fetch and WebSocket: 7 MB for the whole life of the
// host. The host of a daemon that listens by itself does not need it.
const http = () => process.getBuiltinModule('node:http');

export type HostIdentity = Omit<HealthBody, 'status' | 'authRequired'>;

/** The maximum number of requests of one connection that wait while the daemon is loaded. */
const waitingLimit = 8;

/** Answers data that is not a valid request. `isOwed`: an earlier request on the connection has no answer yet. */
function malformed(error: NodeJS.ErrnoException, socket: Duplex, isOwed: boolean): void {
  // The client would take this answer for the one it waits for.
  if (error.code === 'ECONNRESET' || !socket.writable || isOwed) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(errorBody('malformed HTTP request'));
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

/**
 * The HTTP server of a host. It answers `/health` from the start, and holds other requests until the daemon is loaded.
 */
export class HttpFrontend {
  readonly server: Server;
  readonly connections: Connections;
  phase: HostPhase = 'starting';
  /** 0 until the server listens. */
  port = 0;
  /** Additional host names that clients may use. */
  allowedHosts: readonly string[] = [];
  /** Whether an Authorization header has an accepted token. False until the token is known. */
  accepts: ConnectionsOptions['accepts'] = () => false;
  readonly #identity: HostIdentity;
  readonly #waiting = new Set<{ request: IncomingMessage; response: ServerResponse }>();
  #daemon: Daemon | undefined;

  constructor(identity: HostIdentity, options: Omit<ConnectionsOptions, 'accepts'>) {
    this.#identity = identity;
    this.server = http().createServer((request, response) => this.#handle(request, response));
    this.server.on('listening', () => {
      this.port = addressOf(this.server).port;
    });
    this.connections = new Connections(this.server, {
      ...options,
      accepts: (authorization) => this.accepts(authorization),
    });
    this.server.on('clientError', (error, socket) =>
      malformed(error, socket, this.connections.owesAnswer(socket)),
    );
  }

  /** Whether the server accepts new connections. */
  isOpen(): boolean {
    return this.phase !== 'stopping';
  }

  /** Serves a connection that the private socket accepted. It has no remote address. */
  take(socket: Socket): void {
    this.server.emit('connection', socket);
  }

  /** Passes all requests to the daemon from now on, starting with the waiting ones. */
  mount(daemon: Daemon): void {
    this.#daemon = daemon;
    for (const { request, response } of this.#waiting) daemon.handle(request, response);
    this.#waiting.clear();
  }

  /** Startup failed: refuses the waiting requests. */
  refuseWaiting(): void {
    for (const { response } of this.#waiting) {
      sendError(response, 503, 'it is stopping', { headers: { 'retry-after': '1' } });
    }
    this.#waiting.clear();
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const repeated = repeatedHeader(request.rawHeaders);
    if (repeated !== undefined) {
      sendError(response, 400, `the ${repeated} header is there twice`, { headers: { connection: 'close' } });
      return;
    }
    const path = request.url?.split('?', 1)[0];
    if (path === '/health' || path === '/') this.#health(request, response);
    else if (this.#daemon !== undefined) this.#daemon.handle(request, response);
    else this.#wait(request, response);
  }

  /**
   * Holds a request. A client may send any number of requests on one connection without waiting for answers. RFC 9112
   * 9.3.2
   */
  #wait(request: IncomingMessage, response: ServerResponse): void {
    const ofSocket = [...this.#waiting].filter((one) => one.request.socket === request.socket);
    if (ofSocket.length >= waitingLimit) {
      sendError(response, 503, 'it is starting', { headers: { 'retry-after': '1' } });
      return;
    }
    const waiting = { request, response };
    this.#waiting.add(waiting);
    response.once('close', () => this.#waiting.delete(waiting));
  }

  #health(request: IncomingMessage, response: ServerResponse): void {
    if (!hostAllowed(request.headers.host, this.port, this.allowedHosts)) {
      sendError(response, 403, 'the Host header names somebody else');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendError(response, 405, '/health answers GET', { headers: { allow: 'GET, HEAD' } });
    } else {
      const status = this.phase === 'ready' ? 'ok' : this.phase;
      const body: HealthBody = { ...this.#identity, status, authRequired: true };
      sendJson(response, 200, body, { 'cache-control': 'no-store' });
    }
  }
}
