import { SdkHttpError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  isInitializedNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
} from '@modelcontextprotocol/server';
import { codeOf, MemorydError } from '../errors.ts';
import type { OwnDaemon } from '../runtime/own-daemon.ts';
import { NotConnected } from '../runtime/private-connection.ts';
import type { Clock } from '../system/clock.ts';
import { patientFetch } from './patient-fetch.ts';

/** The URL of a daemon, the nonce of its run, and the client for it. */
export type Upstream = Pick<OwnDaemon, 'url' | 'nonce' | 'client'>;

/** Locates the daemon; with `wait` it waits for one that is starting, until `signal` aborts. Rejects if the daemon cannot be reached. */
export type Locate = (how: { wait: boolean; signal: AbortSignal }) => Promise<Upstream>;

export interface UpstreamOptions {
  locate: Locate;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  onMessage(message: JSONRPCMessage): void;
  /** Called when requests in progress are lost, because the daemon that had them has ended. */
  onLost(why: string): void;
}

export type SendOptions = NonNullable<Parameters<StreamableHTTPClientTransport['send']>[1]>;

interface OpenConnection {
  place: Upstream;
  transport: StreamableHTTPClientTransport;
}

const replayId = 'memoryd-bridge-initialize';

/**
 * Whether a failed request was certainly not handled; only then may it be sent again. A host that moved to another port
 * has the same private socket, and answers 403 to the Host header with the old port.
 */
function wasNotReceived(error: unknown): boolean {
  if (error instanceof SdkHttpError) return [401, 403, 404, 503].includes(error.status);
  if (error instanceof NotConnected) return true;
  const cause = (error as { cause?: unknown } | null)?.cause ?? error;
  return ['ECONNREFUSED', 'ENOENT', 'EADDRNOTAVAIL'].includes(codeOf(cause) ?? '');
}

/** Whether the daemon refused a request, or was not found. All other failures may mean that it ended with the request. */
export function isRefusal(error: unknown): boolean {
  return error instanceof MemorydError || error instanceof SdkHttpError || error instanceof NotConnected;
}

/**
 * A connection to the daemon. It is opened at the first use, and again, with the client's own initialize request, after
 * it was lost.
 */
export class UpstreamConnection {
  readonly #options: UpstreamOptions;
  readonly #closing = new AbortController();
  /** Aborted when a daemon that is not running is not waited for any more. */
  readonly #hurry = new AbortController();
  /** The initialize request in flight. Other messages wait for its answer, which has the id of the session. */
  #handshake: Promise<void> = Promise.resolve();
  #opening: Promise<OpenConnection> | undefined;
  #initialize: JSONRPCRequest | undefined;
  #initialized: JSONRPCNotification | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  /**
   * Sends a message, and once more over a new connection if the first one is dead. Rejects with the reason of the
   * failure.
   */
  async send(message: JSONRPCMessage, options: SendOptions = {}): Promise<void> {
    if (isJSONRPCRequest(message) && message.method === 'initialize') {
      this.#initialize = message;
      this.#initialized = undefined;
      const sending = this.#closeConnection().then(() => this.#sendTwice(message, options));
      this.#handshake = sending.catch(() => undefined);
      return await sending;
    }
    await this.#handshake;
    // Recorded before it is sent: the daemon may end just then, and the next one must be initialized too.
    if (isInitializedNotification(message)) this.#initialized = message;
    await this.#sendTwice(message, options);
  }

  async #sendTwice(message: JSONRPCMessage, options: SendOptions): Promise<void> {
    const open = await this.#open();
    try {
      await open.transport.send(message, options);
    } catch (error) {
      if (!wasNotReceived(error)) throw error;
      await this.#closeConnection(open);
      await (await this.#open()).transport.send(message, options);
    }
  }

  /** From now on a daemon that is not running is not waited for. */
  stopWaiting(): void {
    this.#hurry.abort();
  }

  /** Ends the session, and a wait for the daemon. Errors are ignored, because the connection is not used again. */
  async close(): Promise<void> {
    this.#hurry.abort();
    this.#closing.abort();
    const open = await this.#opening?.catch(() => undefined);
    await open?.transport.terminateSession().catch(() => undefined);
    await open?.transport.close();
    open?.place.client?.close();
  }

  #locate(wait: boolean): Promise<Upstream> {
    return this.#options.locate({ wait, signal: this.#hurry.signal });
  }

  #open(): Promise<OpenConnection> {
    this.#opening ??= this.#enter();
    this.#opening.catch(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #closeConnection(open?: OpenConnection): Promise<void> {
    const current = await this.#opening?.catch(() => undefined);
    if (current === undefined || (open !== undefined && current !== open)) return;
    this.#opening = undefined;
    await current.transport.close();
    current.place.client?.close();
  }

  async #enter(): Promise<OpenConnection> {
    const { clock } = this.#options;
    const place = await this.#locate(true);
    // The transport reconnects by itself, so every connection must use the private fetch.
    const fetch = patientFetch(place.client?.fetch ?? globalThis.fetch, clock, this.#closing.signal);
    const transport = new StreamableHTTPClientTransport(place.url, { fetch });
    const open = { place, transport };
    transport.onerror = () => void this.#locateAgain(open);
    await transport.start();
    await this.#initializeAgain(transport);
    transport.onmessage = (message) => this.#take(transport, message as JSONRPCMessage);
    return open;
  }

  /**
   * Repeats the client's initialize request on a new connection, because the daemon may have lost the session. The
   * answer is not passed to the client.
   */
  async #initializeAgain(transport: StreamableHTTPClientTransport): Promise<void> {
    if (this.#initialize === undefined || this.#initialized === undefined) return;
    const answered = Promise.withResolvers<void>();
    transport.onmessage = (message) => {
      this.#negotiated(transport, message as JSONRPCMessage);
      answered.resolve();
    };
    await transport.send({ ...this.#initialize, id: replayId });
    await answered.promise;
    await transport.send(this.#initialized);
  }

  #take(transport: StreamableHTTPClientTransport, message: JSONRPCMessage): void {
    if (isJSONRPCResultResponse(message) && message.id === this.#initialize?.id)
      this.#negotiated(transport, message);
    this.#options.onMessage(message);
  }

  #negotiated(transport: StreamableHTTPClientTransport, message: JSONRPCMessage): void {
    if (!isJSONRPCResultResponse(message)) return;
    const { protocolVersion } = message.result as { protocolVersion?: unknown };
    if (typeof protocolVersion === 'string') transport.setProtocolVersion(protocolVersion);
  }

  /**
   * Handles an error of the transport. If the daemon has been replaced, its requests in progress will never be
   * answered.
   */
  async #locateAgain(open: OpenConnection): Promise<void> {
    const now = await this.#locate(false).catch(() => undefined);
    if (now?.nonce === open.place.nonce || (await this.#opening?.catch(() => undefined)) !== open) return;
    await this.#closeConnection(open);
    this.#options.onLost('the daemon was restarted before it answered; ask again');
  }
}
